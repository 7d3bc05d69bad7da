// The VMAs of the app that show what the kernel does with names and counters.

#include "vma_kinds.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "ledger.h"

#define STACK_PAGES 64UL

// mremap, mprotect, munmap and names: where VMAs split and merge.
void make_splits(void) {
    char *start = reserve(64, PROT_READ | PROT_WRITE, 0, -1);
    name_vma(start, 64 * PAGE, "split by munmap");
    touch(start, 64);
    if (munmap(start + 24 * PAGE, 16 * PAGE)) die("munmap");
    own_row(start, 24, "[anon:split by munmap]", 24);
    own_row(start + 40 * PAGE, 24, "[anon:split by munmap]", 24);

    start = reserve(64, PROT_READ | PROT_WRITE, 0, -1);
    name_vma(start, 64 * PAGE, "split by mprotect");
    touch(start, 64);
    if (mprotect(start + 24 * PAGE, 16 * PAGE, PROT_READ)) die("mprotect");
    own_row(start, 24, "[anon:split by mprotect]", 24);
    own_row(start + 24 * PAGE, 16, "[anon:split by mprotect]", 16);
    own_row(start + 40 * PAGE, 24, "[anon:split by mprotect]", 24);

    start = reserve(64, PROT_READ | PROT_WRITE, 0, -1);
    name_vma(start, 64 * PAGE, "split by a name");
    touch(start, 64);
    name_vma(start + 24 * PAGE, 16 * PAGE, "another name");
    own_row(start, 24, "[anon:split by a name]", 24);
    own_row(start + 24 * PAGE, 16, "[anon:another name]", 16);
    own_row(start + 40 * PAGE, 24, "[anon:split by a name]", 24);

    start = reserve(48, PROT_READ | PROT_WRITE, 0, -1);
    name_vma(start, 16 * PAGE, "first part");
    name_vma(start + 16 * PAGE, 32 * PAGE, "second part");
    touch(start, 48);
    name_vma(start, 16 * PAGE, "merged again");
    name_vma(start + 16 * PAGE, 32 * PAGE, "merged again");
    own_row(start, 48, "[anon:merged again]", 48);

    start = reserve(16, PROT_READ | PROT_WRITE, 0, -1);
    name_vma(start, 16 * PAGE, "forgotten");
    touch(start, 16);
    name_vma(start, 16 * PAGE, NULL);
    own_row(start, 16, "", 16);

    start = reserve(16, PROT_READ | PROT_WRITE, 0, -1);
    name_vma(start, 16 * PAGE, "moved by mremap");
    touch(start, 16);
    char *goal = reserve(48, PROT_NONE, 0, -1);
    start = mremap(start, 16 * PAGE, 48 * PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, goal);
    if (start == MAP_FAILED) die("mremap");
    touch(start + 16 * PAGE, 8);
    own_row(start, 48, "[anon:moved by mremap]", 24);

    start = reserve(32, PROT_READ | PROT_WRITE, 0, -1);
    name_vma(start, 32 * PAGE, "shrunk by mremap");
    touch(start, 32);
    if (mremap(start, 32 * PAGE, 8 * PAGE, 0) != start) die("mremap to fewer");
    own_row(start, 8, "[anon:shrunk by mremap]", 8);
}

// ART's way: one file, mapped to write and to run.
static void map_twice(void) {
    int file = memfd_create("jit-cache", MFD_CLOEXEC);
    if (file < 0 || ftruncate(file, 64 * PAGE)) die("memfd_create");
    char *to_write = reserve(64, PROT_READ | PROT_WRITE, MAP_SHARED, file);
    touch(to_write, 64);
    char *to_run = reserve(64, PROT_READ | PROT_EXEC, MAP_SHARED, file);
    for (int page = 0; page < 64; page++) *(volatile char *)(to_run + page * PAGE);
    char *views[] = {to_write, to_run};
    for (int each = 0; each < 2; each++) {  // every page is mapped twice, which smaps counts as shared
        struct row *view = row(views[each], 64, "/memfd:jit-cache (deleted)");
        tell(view, RSS, 64 * 4);
        tell(view, PSS, 64 * 2);
        tell(view, SHARED_DIRTY, 64 * 4);
        tell(view, PRIVATE_DIRTY, 0);
        tell(view, ANONYMOUS, 0);
    }
}

// Of shared memory, Swap tells what the whole object has there, and SwapPss nothing (fs/proc/task_mmu.c).
static void swap_shared_memory(void) {
    int file = memfd_create("in swap", MFD_CLOEXEC);
    if (file < 0 || ftruncate(file, 128 * PAGE)) die("memfd_create");
    char *start = reserve(128, PROT_READ | PROT_WRITE, MAP_SHARED, file);
    touch(start, 128);
    swap_out(start, 96);
    struct row *shared = own_row(start, 128, "/memfd:in swap (deleted)", 32);
    tell(shared, ANONYMOUS, 0);
    tell(shared, SWAP, 96 * 4);
    close(file);
}

static void map_file(const char *folder) {
    char path[200], chunk[PAGE];
    snprintf(path, sizeof path, "%s/base.apk", folder);
    int apk = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
    memset(chunk, 'a', PAGE);
    for (int page = 0; page < 64; page++)
        if (write(apk, chunk, PAGE) != PAGE) die(path);
    char *text = reserve(64, PROT_READ | PROT_WRITE, MAP_PRIVATE, apk);
    for (int page = 0; page < 64; page++) *(volatile char *)(text + page * PAGE);
    touch(text, 10);
    struct row *apk_row = row(text, 64, path);
    tell(apk_row, RSS, 64 * 4);
    tell(apk_row, PSS, 64 * 4);
    tell(apk_row, ANONYMOUS, 10 * 4);
    tell(apk_row, PRIVATE_DIRTY, 64 * 4);  // of tmpfs: its pages are dirty as long as they live
    close(apk);
}

static void use_huge_pages(void) {
    size_t huge = 512;
    char *large = reserve(5 * huge, PROT_READ | PROT_WRITE, 0, -1);
    char *aligned = (char *)(((unsigned long)large + huge * PAGE - 1) & -(huge * PAGE));
    if (mprotect(large, 5 * huge * PAGE, PROT_NONE)) die("mprotect");
    if (mprotect(aligned, 4 * huge * PAGE, PROT_READ | PROT_WRITE)) die("mprotect");
    if (madvise(aligned, 4 * huge * PAGE, MADV_HUGEPAGE)) die("MADV_HUGEPAGE");
    name_vma(aligned, 4 * huge * PAGE, "partition_alloc");
    touch(aligned, 1);
    touch(aligned + huge * PAGE, 1);
    struct row *huge_row = own_row(aligned, 4 * huge, "[anon:partition_alloc]", 2 * huge);
    tell(huge_row, ANON_HUGE_PAGES, 2 * huge * 4);
}

static void make_alike_pages(void) {
    char *alike = reserve(128, PROT_READ | PROT_WRITE, 0, -1);
    if (madvise(alike, 128 * PAGE, MADV_MERGEABLE)) die("MADV_MERGEABLE");
    name_vma(alike, 128 * PAGE, "alike");
    memset(alike, 7, 128 * PAGE);
    struct row *alike_row = row(alike, 128, "[anon:alike]");
    tell(alike_row, RSS, 128 * 4);
    tell(alike_row, ANONYMOUS, 128 * 4);
    tell(alike_row, KSM, 128 * 4);
    tell(alike_row, PSS, 4);  // one page, mapped 128 times
}

static void make_flagged(void) {
    struct row *locked = own(32, "locked", 32);
    if (mlock(locked->start, 32 * PAGE)) die("mlock");
    tell(locked, LOCKED, 32 * 4);

    struct row *lazy = own(32, "given back", 32);
    if (madvise(lazy->start, 32 * PAGE, MADV_FREE)) die("MADV_FREE");
    tell(lazy, LAZY_FREE, 32 * 4);
    tell(lazy, PRIVATE_DIRTY, 0);
    tell(lazy, PRIVATE_CLEAN, 32 * 4);

    int key = pkey_alloc(0, 0);
    if (key >= 0) {
        struct row *keyed = own(16, "partition_alloc", 16);
        if (pkey_mprotect(keyed->start, 16 * PAGE, PROT_READ | PROT_WRITE, key)) die("pkey_mprotect");
        tell(keyed, PROTECTION_KEY, key);
    }

    own(4, "a name of 79 bytes, the longest that the kernel takes .........................", 4);
}

static pthread_barrier_t named;

static void *thread(void *stack) {
    char name[40], shown[60];
    snprintf(name, sizeof name, "stack_and_tls:%ld", syscall(SYS_gettid));
    name_vma(stack, STACK_PAGES * PAGE, name);
    snprintf(shown, sizeof shown, "[anon:%s]", name);
    row(stack, STACK_PAGES, shown);  // of its pages the thread uses as many as it likes
    pthread_barrier_wait(&named);
    while (pause()) continue;
    return NULL;
}

static void make_threads(void) {
    for (int each = 0; each < 4; each++) {
        char *stack = reserve(STACK_PAGES, PROT_READ | PROT_WRITE, MAP_STACK | MAP_NORESERVE, -1);
        pthread_attr_t attributes;
        pthread_t started;
        pthread_barrier_init(&named, NULL, 2);
        pthread_attr_init(&attributes);
        pthread_attr_setstack(&attributes, stack, STACK_PAGES * PAGE);
        if ((errno = pthread_create(&started, &attributes, thread, stack))) die("pthread_create");
        pthread_barrier_wait(&named);
    }
}

void make_kinds(const char *folder) {
    map_twice();
    swap_shared_memory();
    map_file(folder);
    use_huge_pages();
    make_alike_pages();
    make_flagged();
    make_threads();
}
