// What a process allocated, as it knows by itself: a row a VMA, in kB, to be held against smaps.
// Nothing here reads /proc: sizes and pages are counted from what was asked of the kernel.

#ifndef LEDGER_H
#define LEDGER_H

#include <stddef.h>

#define PAGE 4096UL

// The counters that a row may tell; a row says nothing of those it leaves unset.
enum counter {
    SIZE, RSS, PSS, SHARED_CLEAN, SHARED_DIRTY, PRIVATE_CLEAN, PRIVATE_DIRTY, REFERENCED, ANONYMOUS, KSM, LAZY_FREE,
    ANON_HUGE_PAGES, SWAP, SWAP_PSS, LOCKED, PROTECTION_KEY, COUNTERS
};

struct row {
    char *start;
    size_t length;
    char name[160];
    long kb[COUNTERS];  // -1: not told
};

// Ends the program with what it was doing and errno.
void die(const char *doing);

// `pages` of anonymous memory between two pages without access, so that it merges with no neighbour.
// `flags` are mmap's beyond MAP_PRIVATE or MAP_SHARED; never populated.
char *reserve(size_t pages, int protection, int flags, int file);

// prctl(PR_SET_VMA, PR_SET_VMA_ANON_NAME); `name` NULL takes a name away.
void name_vma(char *start, size_t length, const char *name);

// Writes one byte to each of `pages`, a different one each time, so that no two pages are alike.
void touch(char *start, size_t pages);

// Asks the kernel to move pages to swap at once.
void swap_out(char *start, size_t pages);

// A row with the name as smaps shows it and a size; every counter else is not told.
struct row *row(char *start, size_t pages, const char *shown);

// A row of private anonymous pages of this process alone: `touched` are in memory, none in swap.
struct row *own_row(char *start, size_t pages, const char *shown, size_t touched);

// reserve, name and touch in one, and its row.
struct row *own(size_t pages, const char *name, size_t touched);

// Changes a row's counter, in kB.
void tell(struct row *which, enum counter counter, long kb);

// Writes all rows to FOLDER/PID at once (a reader sees the old text or the new), headed by a rising number.
void write_ledger(const char *folder);

#endif
