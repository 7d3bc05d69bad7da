#include "ledger.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#ifndef PR_SET_VMA
#define PR_SET_VMA 0x53564d41
#define PR_SET_VMA_ANON_NAME 0
#endif
#ifndef MADV_PAGEOUT
#define MADV_PAGEOUT 21
#endif

#define ROWS 128

static const char *const keys[COUNTERS] = {
    "size_kb", "rss_kb", "pss_kb", "shared_clean_kb", "shared_dirty_kb", "private_clean_kb", "private_dirty_kb",
    "referenced_kb", "anonymous_kb", "ksm_kb", "lazy_free_kb", "anon_huge_pages_kb", "swap_kb", "swap_pss_kb",
    "locked_kb", "protection_key",
};
static struct row rows[ROWS];
static size_t count;
static unsigned long generation;

void die(const char *doing) {
    perror(doing);
    exit(1);
}

char *reserve(size_t pages, int protection, int flags, int file) {
    char *around = mmap(NULL, (pages + 2) * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (around == MAP_FAILED) die("mmap");
    if (!(flags & MAP_SHARED)) flags |= MAP_PRIVATE;
    if (file < 0) flags |= MAP_ANONYMOUS;
    char *start = mmap(around + PAGE, pages * PAGE, protection, flags | MAP_FIXED, file, 0);
    if (start == MAP_FAILED) die("mmap inside");
    return start;
}

void name_vma(char *start, size_t length, const char *name) {
    if (prctl(PR_SET_VMA, PR_SET_VMA_ANON_NAME, start, length, name)) die("PR_SET_VMA_ANON_NAME");
}

void touch(char *start, size_t pages) {
    static unsigned long stamp;
    for (size_t page = 0; page < pages; page++) *(volatile unsigned long *)(start + page * PAGE) = ++stamp;
}

void swap_out(char *start, size_t pages) {
    if (madvise(start, pages * PAGE, MADV_PAGEOUT)) die("MADV_PAGEOUT");
}

struct row *row(char *start, size_t pages, const char *shown) {
    if (count == ROWS) die("too many rows");
    struct row *new = &rows[count++];
    new->start = start;
    new->length = pages * PAGE;
    snprintf(new->name, sizeof new->name, "%s", shown);
    for (int counter = 0; counter < COUNTERS; counter++) new->kb[counter] = -1;
    new->kb[SIZE] = pages * 4;
    return new;
}

struct row *own_row(char *start, size_t pages, const char *shown, size_t touched) {
    struct row *new = row(start, pages, shown);
    for (int counter = RSS; counter <= LOCKED; counter++) new->kb[counter] = 0;
    new->kb[REFERENCED] = -1;  // reclaim may age any page
    new->kb[RSS] = new->kb[PSS] = new->kb[PRIVATE_DIRTY] = new->kb[ANONYMOUS] = touched * 4;
    return new;
}

struct row *own(size_t pages, const char *name, size_t touched) {
    char *start = reserve(pages, PROT_READ | PROT_WRITE, MAP_NORESERVE, -1);
    char shown[160];
    name_vma(start, pages * PAGE, name);
    touch(start, touched);
    snprintf(shown, sizeof shown, "[anon:%s]", name);
    return own_row(start, pages, shown, touched);
}

void tell(struct row *which, enum counter counter, long kb) { which->kb[counter] = kb; }

void write_ledger(const char *folder) {
    char path[200], ready[200];
    snprintf(ready, sizeof ready, "%s/%d", folder, getpid());
    snprintf(path, sizeof path, "%s/%d.new", folder, getpid());
    FILE *file = fopen(path, "w");
    if (!file) die(path);
    fprintf(file, "generation\t%lu\n", ++generation);
    for (struct row *each = rows; each < rows + count; each++) {
        fprintf(file, "%lx\t%lx\t%s", (unsigned long)each->start, (unsigned long)each->start + each->length, each->name);
        for (int counter = 0; counter < COUNTERS; counter++)
            if (each->kb[counter] >= 0) fprintf(file, "\t%s=%ld", keys[counter], each->kb[counter]);
        fputc('\n', file);
    }
    if (fclose(file) || rename(path, ready)) die(ready);
    chmod(ready, 0644);
}
