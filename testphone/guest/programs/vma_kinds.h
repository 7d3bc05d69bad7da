// The VMAs of the app that show what the kernel does with names and counters, each with its row.

#ifndef KINDS_H
#define KINDS_H

// VMAs split and merged by munmap, mprotect, mremap and by names.
void make_splits(void);

// A memfd mapped twice and one in swap, a private file, huge pages, pages alike (KSM), locked and lazily freed ones,
// one with a protection key, the longest name, threads.
void make_kinds(const char *folder);

#endif
