// Three processes that share pages in every way, so that a test knows which are freed if two of them are killed.
//
//   shares
//
// `outside` stays alive. It forks `first`, and `first` forks `second`: these two are the app. Prints one line with the
// three pids when all have their memory, then waits to be killed. The names of the memory say who has its pages.

#include "ledger.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static char *private_of(size_t pages, const char *name) {
    char *start = reserve(pages, PROT_READ | PROT_WRITE, 0, -1);
    name_vma(start, pages * PAGE, name);
    return start;
}

static char *file_of(size_t pages, const char *name) {
    int file = memfd_create(name, MFD_CLOEXEC);
    if (file < 0 || ftruncate(file, pages * PAGE)) die("memfd_create");
    char *start = reserve(pages, PROT_READ | PROT_WRITE, MAP_SHARED, file);
    close(file);
    return start;
}

static void read_all(const char *start, size_t pages) {
    for (size_t page = 0; page < pages; page++) *(volatile const char *)(start + page * PAGE);
}

static void told_ready(int pipe) {
    pid_t self = getpid();
    if (write(pipe, &self, sizeof self) != sizeof self) die("write");
}

static void be_second(int pipe, char *inherited, char *handed_on, char *file_of_two) {
    touch(inherited + 100 * PAGE, 20);  // 20 more pages of its own, of those that outside still has
    touch(handed_on, 50);               // 50 pages of its own, of those that first still has
    read_all(file_of_two, 64);
    touch(private_of(32, "of second"), 32);
    told_ready(pipe);
    for (;;) pause();
}

static void be_first(int pipe, char *inherited, char *swapped_inherited, char *file_of_all) {
    touch(inherited, 100);         // 100 pages of its own
    touch(swapped_inherited, 16);  // in memory again, its own
    read_all(file_of_all, 48);
    char *handed_on = private_of(300, "handed on");
    touch(handed_on, 300);
    char *swapped = private_of(32, "swapped and handed on");
    touch(swapped, 32);
    swap_out(swapped, 32);
    char *file_of_two = file_of(64, "of two");
    touch(file_of_two, 64);
    pid_t second = fork();
    if (second < 0) die("fork");
    if (!second) be_second(pipe, inherited, handed_on, file_of_two);

    touch(private_of(256, "of first"), 256);
    char *alone = private_of(80, "swapped of first");
    touch(alone, 80);
    swap_out(alone, 64);
    read_all(private_of(40, "zero"), 40);
    char *large = reserve(1536, PROT_READ | PROT_WRITE, 0, -1);
    char *aligned = (char *)(((unsigned long)large + 512 * PAGE - 1) & -(512 * PAGE));
    if (madvise(aligned, 512 * PAGE, MADV_HUGEPAGE)) die("MADV_HUGEPAGE");
    name_vma(aligned, 512 * PAGE, "huge");
    touch(aligned, 1);
    told_ready(pipe);
    for (;;) pause();
}

int main(void) {
    char *inherited = private_of(512, "inherited"), *swapped = private_of(96, "swapped inherited");
    char *file_of_all = file_of(64, "of all");
    touch(inherited, 512);
    touch(swapped, 96);
    swap_out(swapped, 96);
    touch(file_of_all, 64);
    int ready[2];
    if (pipe2(ready, O_CLOEXEC)) die("pipe");
    pid_t first = fork(), told[2];
    if (first < 0) die("fork");
    if (!first) be_first(ready[1], inherited, swapped, file_of_all);
    for (int each = 0; each < 2; each++)
        if (read(ready[0], &told[each], sizeof *told) != sizeof *told) die("read");
    pid_t second = told[0] == first ? told[1] : told[0];
    printf("%d %d %d\n", getpid(), first, second);
    fflush(stdout);
    for (;;) pause();
}
