// A process of many VMAs, and how long its fork takes.
//
//   many_vmas VMAS NAMED DISTINCT LENGTH TOUCHED RUNS
//
// VMAS neighbouring VMAs of one page each that is never touched; every second may not be written, so that they don't
// merge. The first NAMED of them have a name of LENGTH bytes: one for all (a single call of prctl, DISTINCT is 1), or
// DISTINCT different ones by turns, each VMA by a call of its own, as allocators do it. Beside them, TOUCHED pages of
// memory in one VMA. Forks RUNS times and prints the milliseconds of each; with 0 runs it says so and waits to be killed.

#include "ledger.h"

#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define LONGEST 79
#define DIGITS 8

static double now_ms(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1e3 + time.tv_nsec / 1e6;
}

static void name_first(char *start, size_t named, size_t distinct, size_t length) {
    char name[LONGEST + 1], digits[DIGITS + 1];
    memset(name, 'n', length);
    name[length] = 0;
    if (distinct == 1) {
        if (named) name_vma(start, named * PAGE, name);
        return;
    }
    for (size_t page = 0; page < named; page++) {
        snprintf(digits, sizeof digits, "%08u", (unsigned)(page % distinct));
        memcpy(name, digits, DIGITS);
        name_vma(start + page * PAGE, PAGE, name);
    }
}

int main(int argc, char **argv) {
    if (argc != 7) return 2;
    size_t number[6];
    for (int each = 0; each < 6; each++) number[each] = strtoul(argv[each + 1], NULL, 10);
    size_t vmas = number[0], named = number[1], distinct = number[2], length = number[3], touched = number[4], runs = number[5];
    if (named > vmas || length < DIGITS || length > LONGEST) return 2;
    char *start = reserve(vmas, PROT_READ | PROT_WRITE, MAP_NORESERVE, -1);
    for (size_t page = 1; page < vmas; page += 2)
        if (mprotect(start + page * PAGE, PAGE, PROT_READ)) die("mprotect");
    name_first(start, named, distinct, length);
    if (touched) touch(reserve(touched, PROT_READ | PROT_WRITE, 0, -1), touched);
    if (!runs) {
        printf("ready %d\n", getpid());
        fflush(stdout);
        pause();
    }
    // The new process shall not run before fork has returned, nor anything else.
    struct sched_param first = {1};
    if (sched_setscheduler(0, SCHED_FIFO | SCHED_RESET_ON_FORK, &first)) die("sched_setscheduler");
    while (runs--) {
        double begin = now_ms();
        pid_t child = fork();
        if (!child) _exit(0);
        double end = now_ms();
        if (child < 0) die("fork");
        waitpid(child, NULL, 0);
        printf("%.3f\n", end - begin);
    }
    return 0;
}
