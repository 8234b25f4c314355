/* SPDX-License-Identifier: Apache-2.0 */
/* Tells ThreadSanitizer of GLib's locks. Debian's GLib is built without it and locks by futex, so that
 * everything that a GMutex guards would look like a race. Preloaded by `./station test` into the TSan run:
 * each function here stands in front of GLib's own and says what it orders. In programs without TSan the two
 * notes are missing, and it only passes on. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <glib.h>

extern void __tsan_acquire(void *address) __attribute__((weak));
extern void __tsan_release(void *address) __attribute__((weak));

static void acquire(gconstpointer address)
{
    if (__tsan_acquire)
        __tsan_acquire((gpointer)address);
}

static void release(gconstpointer address)
{
    if (__tsan_release)
        __tsan_release((gpointer)address);
}

/* GLib's own function of the same name. */
#define REAL(function)                                                                                       \
    static __typeof__(&function) real;                                                                       \
    if (!real)                                                                                               \
    *(void **)&real = dlsym(RTLD_NEXT, #function)

#define LOCKS(function, Type)                                                                                \
    void function(Type *lock)                                                                                \
    {                                                                                                        \
        REAL(function);                                                                                      \
        real(lock);                                                                                          \
        acquire(lock);                                                                                       \
    }
#define TRIES(function, Type)                                                                                \
    gboolean function(Type *lock)                                                                            \
    {                                                                                                        \
        REAL(function);                                                                                      \
        gboolean got = real(lock);                                                                           \
        if (got)                                                                                             \
            acquire(lock);                                                                                   \
        return got;                                                                                          \
    }
#define UNLOCKS(function, Type)                                                                              \
    void function(Type *lock)                                                                                \
    {                                                                                                        \
        REAL(function);                                                                                      \
        release(lock);                                                                                       \
        real(lock);                                                                                          \
    }

LOCKS(g_mutex_lock, GMutex)
TRIES(g_mutex_trylock, GMutex)
UNLOCKS(g_mutex_unlock, GMutex)
LOCKS(g_rec_mutex_lock, GRecMutex)
TRIES(g_rec_mutex_trylock, GRecMutex)
UNLOCKS(g_rec_mutex_unlock, GRecMutex)
LOCKS(g_rw_lock_reader_lock, GRWLock)
TRIES(g_rw_lock_reader_trylock, GRWLock)
UNLOCKS(g_rw_lock_reader_unlock, GRWLock)
LOCKS(g_rw_lock_writer_lock, GRWLock)
TRIES(g_rw_lock_writer_trylock, GRWLock)
UNLOCKS(g_rw_lock_writer_unlock, GRWLock)

/* Waiting gives the mutex away and takes it back. */
void g_cond_wait(GCond *condition, GMutex *mutex)
{
    REAL(g_cond_wait);
    release(mutex);
    real(condition, mutex);
    acquire(mutex);
}

gboolean g_cond_wait_until(GCond *condition, GMutex *mutex, gint64 end_time)
{
    REAL(g_cond_wait_until);
    release(mutex);
    gboolean signalled = real(condition, mutex, end_time);
    acquire(mutex);
    return signalled;
}

/* What was done before a reference was given back happened before the last one frees. */
gboolean g_atomic_ref_count_dec(gatomicrefcount *count)
{
    REAL(g_atomic_ref_count_dec);
    release((gpointer)count);
    gboolean last = real(count);
    acquire((gpointer)count);
    return last;
}

/* What is pushed happened before it is popped. */
void g_async_queue_push(GAsyncQueue *queue, gpointer item)
{
    REAL(g_async_queue_push);
    release(queue);
    real(queue, item);
}

#define POPS(function)                                                                                       \
    gpointer function(GAsyncQueue *queue)                                                                    \
    {                                                                                                        \
        REAL(function);                                                                                      \
        gpointer item = real(queue);                                                                         \
        acquire(queue);                                                                                      \
        return item;                                                                                         \
    }

POPS(g_async_queue_pop)
POPS(g_async_queue_try_pop)

gpointer g_async_queue_timeout_pop(GAsyncQueue *queue, guint64 timeout_us)
{
    REAL(g_async_queue_timeout_pop);
    gpointer item = real(queue, timeout_us);
    acquire(queue);
    return item;
}
