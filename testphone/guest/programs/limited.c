// A process in a memory cgroup that allocates known amounts when it is asked to, and in the end too much.
//
//   limited
//
// Prints its pid, then waits. SIGUSR1: allocates PRIVATE pages, moves SWAPPED of them to swap, and SHARED pages of shared
// memory; prints "allocated". SIGUSR2: allocates more and more, until it is killed.

#include "ledger.h"

#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#define PRIVATE 10240UL
#define SWAPPED 2560UL
#define SHARED 2048UL
#define MOST 65536UL
#define STEP 256UL

int main(void) {
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGUSR1);
    sigaddset(&signals, SIGUSR2);
    sigprocmask(SIG_BLOCK, &signals, NULL);
    char *held = reserve(PRIVATE, PROT_READ | PROT_WRITE, 0, -1);
    char *shared = reserve(SHARED, PROT_READ | PROT_WRITE, MAP_SHARED, -1);
    char *growing = reserve(MOST, PROT_READ | PROT_WRITE, MAP_NORESERVE, -1);
    name_vma(held, PRIVATE * PAGE, "held");
    name_vma(growing, MOST * PAGE, "growing");
    touch(held, 1);  // so that its page tables are there
    printf("%d\n", getpid());
    fflush(stdout);
    size_t grown = 0;
    for (;;) {
        int signal = sigwaitinfo(&signals, NULL);
        if (signal == SIGUSR1) {
            touch(held, PRIVATE);
            swap_out(held, SWAPPED);
            touch(shared, SHARED);
            printf("allocated\n");
            fflush(stdout);
        } else if (signal == SIGUSR2) {
            for (; grown < MOST; grown += STEP) touch(growing + grown * PAGE, STEP);
        }
    }
}
