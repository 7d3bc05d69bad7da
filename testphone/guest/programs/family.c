// A zygote and its children, with the names that Android's have, that tell what they allocated.
//
//   family FOLDER PADDING...
//
// Every process writes a ledger (see ledger.h) to FOLDER/PID; FOLDER/ready holds a line `PID NAME` a process
// when all have. The padding makes room for the process names in the arguments, as app_process' does.
// Signals, to any process; each ends with a new ledger:
//   SIGUSR1   as ART does at that signal, the garbage of the large object space goes
//   SIGUSR2   the app's heap grows by GROWTH pages; systemui begins, or ends, to move its memory about
//   SIGWINCH  the app reads the first GLANCED pages of its Java heap

#include "vma_kinds.h"
#include "ledger.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define GROWTH 256
#define GLANCED 10
#define GARBAGE 384
#define TIDE 2048
#define WAVE 512

// The family. The first is the zygote; a child has its own copy of the pages of the zygote space that it overwrote.
struct member {
    const char *name;
    unsigned uid;
    int dumpable, oom_score_adj;
    size_t overwritten_from, overwritten_to;
    size_t shared_written;  // pages of the shared buffer that it wrote to
    size_t fetched;         // pages of those that the zygote had in swap that it wrote to, so that it has them in memory
};
static const struct member family[] = {
    {"zygote64", 0, 1, -1000, 0, 0, 64, 0},
    {"system_server", 1000, 0, -900, 0, 100, 0, 16},
    {"com.example.app", 10234, 1, 0, 50, 306, 32, 40},
    {"com.example.app:remote", 10234, 1, 100, 0, 0, 0, 0},
    {"com.android.systemui", 10106, 0, -800, 0, 0, 8, 0},
};
#define MEMBERS (sizeof family / sizeof *family)

static const char *folder;
static char *title;
static size_t title_room;

// What the zygote made before it forked.
static const size_t zygote_pages = 1024, linear_pages = 256, linear_touched = 100, swapped_pages = 128, shared_pages = 64;
static char *zygote_space, *linear_alloc, *swapped_space, *shared_buffer;

static void make_inheritance(void) {
    zygote_space = reserve(zygote_pages, PROT_READ | PROT_WRITE, 0, -1);
    name_vma(zygote_space, zygote_pages * PAGE, "dalvik-zygote space");
    touch(zygote_space, zygote_pages);
    linear_alloc = reserve(linear_pages, PROT_READ | PROT_WRITE, 0, -1);
    name_vma(linear_alloc, linear_pages * PAGE, "dalvik-LinearAlloc");
    touch(linear_alloc, linear_touched);
    swapped_space = reserve(swapped_pages, PROT_READ | PROT_WRITE, 0, -1);
    name_vma(swapped_space, swapped_pages * PAGE, "dalvik-non moving space");
    touch(swapped_space, swapped_pages);
    swap_out(swapped_space, swapped_pages);
    shared_buffer = reserve(shared_pages, PROT_READ | PROT_WRITE, MAP_SHARED, -1);
    name_vma(shared_buffer, shared_pages * PAGE, "shared buffer");
    touch(shared_buffer, family[0].shared_written);
}

// How many of the family have a page of the zygote space from before the forks.
static unsigned sharers(size_t page) {
    unsigned found = 0;
    for (size_t each = 0; each < MEMBERS; each++)
        found += page < family[each].overwritten_from || page >= family[each].overwritten_to;
    return found;
}

// A sum of 4096 bytes by the number of their sharers, in kB, with the 12 bits of fraction that the kernel keeps.
static long shares_kb(unsigned long long sum) { return sum >> 22; }

static void tell_inheritance(const struct member *me) {
    unsigned long long pss = 0;
    long private_pages = 0;
    for (size_t page = 0; page < zygote_pages; page++) {
        int own_copy = page >= me->overwritten_from && page < me->overwritten_to;
        unsigned by = own_copy ? 1 : sharers(page);
        pss += (PAGE << 12) / by;
        private_pages += by == 1;
    }
    struct row *new = own_row(zygote_space, zygote_pages, "[anon:dalvik-zygote space]", zygote_pages);
    tell(new, PSS, shares_kb(pss));
    tell(new, PRIVATE_DIRTY, private_pages * 4);
    tell(new, SHARED_DIRTY, (zygote_pages - private_pages) * 4);

    new = own_row(linear_alloc, linear_pages, "[anon:dalvik-LinearAlloc]", linear_touched);
    tell(new, PSS, shares_kb((PAGE << 12) / MEMBERS * linear_touched));
    tell(new, PRIVATE_DIRTY, 0);
    tell(new, SHARED_DIRTY, linear_touched * 4);

    new = own_row(swapped_space, swapped_pages, "[anon:dalvik-non moving space]", me->fetched);
    unsigned long long swap_pss = 0;
    for (size_t page = me->fetched; page < swapped_pages; page++) {
        unsigned by = 0;
        for (size_t each = 0; each < MEMBERS; each++) by += page >= family[each].fetched;
        swap_pss += (PAGE << 12) / by;
    }
    tell(new, SWAP, (swapped_pages - me->fetched) * 4);
    tell(new, SWAP_PSS, shares_kb(swap_pss));

    // A child's page table has only the shared pages that it wrote to, and each the first so many.
    new = own_row(shared_buffer, shared_pages, "[anon_shmem:shared buffer]", me->shared_written);
    unsigned long long buffer_pss = 0;
    private_pages = 0;
    for (size_t page = 0; page < me->shared_written; page++) {
        unsigned by = 0;
        for (size_t each = 0; each < MEMBERS; each++) by += page < family[each].shared_written;
        buffer_pss += (PAGE << 12) / by;
        private_pages += by == 1;
    }
    tell(new, PSS, shares_kb(buffer_pss));
    tell(new, PRIVATE_DIRTY, private_pages * 4);
    tell(new, SHARED_DIRTY, (me->shared_written - private_pages) * 4);
    tell(new, ANONYMOUS, 0);
    new->kb[SWAP] = -1;  // of shared memory: what the object has in swap, not this process
    new->kb[SWAP_PSS] = -1;
}

// The rows of what changes by signals.
static char *java_heap, *growing_heap, *large_objects, *tide[2];
static struct row *growing_row, *large_row;
static size_t grown = 64;

static void make_app_heaps(void) {
    java_heap = own(8192, "dalvik-main space (region space)", 2000)->start;
    growing_row = own(16384, "scudo:primary", grown);
    growing_heap = growing_row->start;
    large_row = own(512, "dalvik-free list large object space", 512);
    large_objects = large_row->start;

    struct row *half_swapped = own(512, "scudo:primary", 512);
    swap_out(half_swapped->start, 128);
    tell(half_swapped, RSS, 384 * 4);
    tell(half_swapped, PSS, 384 * 4);
    tell(half_swapped, PRIVATE_DIRTY, 384 * 4);
    tell(half_swapped, ANONYMOUS, 384 * 4);
    tell(half_swapped, SWAP, 128 * 4);
    tell(half_swapped, SWAP_PSS, 128 * 4);

    char *promised = reserve(4096, PROT_NONE, MAP_NORESERVE, -1);
    name_vma(promised, 4096 * PAGE, "scudo:primary_reserve");
    own_row(promised, 4096, "[anon:scudo:primary_reserve]", 0);
    for (int each = 0; each < 5; each++) own(16, "scudo:secondary", 16);
}

// Two halves between which memory moves; their sum stays, but for a wave that is on its way.
static void make_tide(void) {
    tide[0] = own(TIDE, "tide left", TIDE)->start;
    tide[1] = own(TIDE, "tide right", 0)->start;
}

// Whether all of it is on the left again, as the ledger says.
static int move_tide(void) {
    static size_t at;
    static int from;
    touch(tide[!from] + at * PAGE, WAVE);
    if (madvise(tide[from] + at * PAGE, WAVE * PAGE, MADV_DONTNEED)) die("MADV_DONTNEED");
    at = (at + WAVE) % TIDE;
    if (at == 0) from = !from;
    return at == 0 && from == 0;
}

static void write_text(const char *path, const char *text) {
    int file = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
    if (file < 0 || write(file, text, strlen(text)) < 0 || close(file)) die(path);
}

// Name, cgroup (as Android lays them out), OOM score and user of a member.
static void become(const struct member *me) {
    char path[100], text[20];
    memset(title, 0, title_room);
    snprintf(title, title_room, "%s", me->name);
    prctl(PR_SET_NAME, strlen(me->name) > 15 ? me->name + strlen(me->name) - 15 : me->name);
    snprintf(path, sizeof path, "/sys/fs/cgroup/uid_%u", me->uid);
    mkdir(path, 0755);
    snprintf(path, sizeof path, "/sys/fs/cgroup/uid_%u/cgroup.subtree_control", me->uid);
    write_text(path, "+memory");
    snprintf(path, sizeof path, "/sys/fs/cgroup/uid_%u/pid_%d", me->uid, getpid());
    if (mkdir(path, 0755)) die(path);
    snprintf(path, sizeof path, "/sys/fs/cgroup/uid_%u/pid_%d/cgroup.procs", me->uid, getpid());
    write_text(path, "0");
    snprintf(text, sizeof text, "%d", me->oom_score_adj);
    write_text("/proc/self/oom_score_adj", text);
    if (setgid(me->uid) || setuid(me->uid)) die("setuid");
    prctl(PR_SET_DUMPABLE, me->dumpable);  // the zygote sets it for apps that may be debugged
}

// Waits for ksmd to have merged the pages that are alike.
static void wait_for_merging(void) {
    for (int tries = 0; tries < 2000; tries++) {
        unsigned sharing = 0;
        FILE *file = fopen("/sys/kernel/mm/ksm/pages_sharing", "r");
        if (file && fscanf(file, "%u", &sharing) != 1) sharing = 0;
        if (file) fclose(file);
        if (sharing >= 127) return;
        usleep(10000);
    }
    die("ksmd did not merge");
}

static void on_signal(int signal) {
    if (signal == SIGUSR1 && large_row) {
        if (madvise(large_objects + (512 - GARBAGE) * PAGE, GARBAGE * PAGE, MADV_DONTNEED)) die("MADV_DONTNEED");
        for (int counter = RSS; counter <= ANONYMOUS; counter++)
            if (large_row->kb[counter] > 0) tell(large_row, counter, (512 - GARBAGE) * 4);
    } else if (signal == SIGUSR2 && growing_row && (grown + GROWTH) * 4 <= (size_t)growing_row->kb[SIZE]) {
        touch(growing_heap + grown * PAGE, GROWTH);
        grown += GROWTH;
        for (int counter = RSS; counter <= ANONYMOUS; counter++)
            if (growing_row->kb[counter] > 0) tell(growing_row, counter, grown * 4);
    } else if (signal == SIGWINCH && java_heap) {
        for (int page = 0; page < GLANCED; page++) *(volatile char *)(java_heap + page * PAGE);
    }
}

static void live(const sigset_t *signals) {
    static const struct timespec moment = {0, 2000000};
    int moving = 0;
    for (;;) {
        int signal = moving ? sigtimedwait(signals, NULL, &moment) : sigwaitinfo(signals, NULL);
        if (moving) move_tide();
        if (signal < 0) continue;
        if (signal == SIGUSR2 && tide[0]) {
            while (moving && !move_tide()) continue;
            moving = !moving;
        }
        on_signal(signal);
        write_ledger(folder);
    }
}

static void be_born(const struct member *me) {
    become(me);
    touch(zygote_space + me->overwritten_from * PAGE, me->overwritten_to - me->overwritten_from);
    touch(shared_buffer, me->shared_written);
    touch(swapped_space, me->fetched);
    tell_inheritance(me);
    if (!strcmp(me->name, "com.example.app")) {
        make_app_heaps();
        make_splits();
        make_kinds(folder);
        wait_for_merging();
    } else if (!strcmp(me->name, "com.android.systemui")) {
        make_tide();
    }
    write_ledger(folder);
}

int main(int argc, char **argv) {
    if (argc < 3) return 2;
    static char here[100];
    snprintf(here, sizeof here, "%s", argv[1]);
    folder = here;
    title = argv[0];
    title_room = argv[argc - 1] + strlen(argv[argc - 1]) - argv[0];

    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGUSR1);
    sigaddset(&signals, SIGUSR2);
    sigaddset(&signals, SIGWINCH);
    sigprocmask(SIG_BLOCK, &signals, NULL);

    make_inheritance();
    int done[2];
    if (pipe2(done, O_CLOEXEC)) die("pipe");
    char ready[1000];
    int at = snprintf(ready, sizeof ready, "%d\t%s\n", getpid(), family[0].name);
    for (size_t each = 1; each < MEMBERS; each++) {
        pid_t child = fork();
        if (child < 0) die("fork");
        if (!child) {
            be_born(&family[each]);
            if (write(done[1], "", 1) != 1) die("write");
            live(&signals);
        }
        at += snprintf(ready + at, sizeof ready - at, "%d\t%s\n", child, family[each].name);
    }
    become(&family[0]);
    tell_inheritance(&family[0]);
    write_ledger(folder);
    close(done[1]);
    for (size_t each = 1; each < MEMBERS; each++) {
        char born;
        if (read(done[0], &born, 1) != 1) die("a child died");
    }
    char path[200];
    snprintf(path, sizeof path, "%s/ready.new", folder);
    write_text(path, ready);
    char goal[200];
    snprintf(goal, sizeof goal, "%s/ready", folder);
    if (rename(path, goal)) die(goal);
    live(&signals);
}
