/* Faults of disk and power, for programs that are started with this library in LD_PRELOAD.

   fault_arm(n, kind) lets n changes of the disk pass (writes to regular files, renames, fsyncs, ...) and then strikes:
   kind 1 kills the process in the middle of the write, 2 lets this one change fail with EIO, 3 all writes from now on
   with ENOSPC. fault_count() says how many changes there were. */

#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

static long left = -1, seen;
static int kind;

void fault_arm(long number, int which) { left = number; kind = which; seen = 0; }
long fault_count(void) { return seen; }

/* Whether this change is to fail; *torn says that half of it is to be done, and then no more. */
static int struck(int *torn, int grows)
{
    *torn = 0;
    if (left < 0)
        return 0;
    __atomic_add_fetch(&seen, 1, __ATOMIC_RELAXED);
    if (__atomic_fetch_sub(&left, 1, __ATOMIC_RELAXED) > 0)
        return 0;
    if (kind == 1) {
        *torn = 1;
        return 1;
    }
    if (kind == 3) {
        left = 0;
        if (!grows)
            return 0;
        errno = ENOSPC;
        return 1;
    }
    left = -1;
    errno = EIO;
    return 1;
}

static int regular(int fd)
{
    struct stat about;
    return left >= 0 && fstat(fd, &about) == 0 && S_ISREG(about.st_mode);
}

#define REAL(name) static __typeof__(&name) real; if (!real) real = (__typeof__(&name))dlsym(RTLD_NEXT, #name)
#define DIE raise(SIGKILL)

ssize_t write(int fd, const void *data, size_t size)
{
    REAL(write);
    int torn;
    if (regular(fd) && struck(&torn, 1)) {
        if (!torn) return -1;
        real(fd, data, size / 2);
        DIE;
    }
    return real(fd, data, size);
}

#define PWRITE(name, off) \
    ssize_t name(int fd, const void *data, size_t size, off at) \
    { \
        REAL(name); \
        int torn; \
        if (regular(fd) && struck(&torn, 1)) { \
            if (!torn) return -1; \
            real(fd, data, size / 2, at); \
            DIE; \
        } \
        return real(fd, data, size, at); \
    }
PWRITE(pwrite, off_t)
PWRITE(pwrite64, off64_t)

ssize_t writev(int fd, const struct iovec *parts, int count)
{
    REAL(writev);
    int torn;
    if (regular(fd) && struck(&torn, 1)) {
        if (!torn) return -1;
        real(fd, parts, 1);
        DIE;
    }
    return real(fd, parts, count);
}

#define CHANGE(name, declared, given) \
    int name declared \
    { \
        REAL(name); \
        int torn; \
        if (struck(&torn, 0)) { \
            if (!torn) return -1; \
            DIE; \
        } \
        return real given; \
    }
CHANGE(fsync, (int fd), (fd))
CHANGE(fdatasync, (int fd), (fd))
CHANGE(rename, (const char *from, const char *to), (from, to))
CHANGE(unlink, (const char *path), (path))
CHANGE(mkdir, (const char *path, mode_t mode), (path, mode))
CHANGE(ftruncate, (int fd, off_t size), (fd, size))
CHANGE(ftruncate64, (int fd, off64_t size), (fd, size))
