/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/base/claim.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

/* One that is dead but for a thread which a device does not let go of keeps its locks, and does nothing any
 * more. */
static gboolean is_alive(int pid)
{
    g_autofree char *path = g_strdup_printf("/proc/%d/stat", pid);
    g_autofree char *text = NULL;
    const char *behind_name;

    if (!g_file_get_contents(path, &text, NULL, NULL))
        return TRUE; /* somebody else's, which may not be looked at */
    behind_name = strrchr(text, ')');
    return !behind_name || behind_name[1] != ' ' || !strchr("ZX", behind_name[2]);
}

static int find_holder(int file)
{
    struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };

    /* A holder on another machine or in another container has no number here. */
    if (fcntl(file, F_GETLK, &lock) != 0 || lock.l_type == F_UNLCK || lock.l_pid <= 0)
        return 0;
    return is_alive(lock.l_pid) ? lock.l_pid : 0;
}

int claim_take(const char *path, int *ret_holder)
{
    struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
    int file = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600);

    *ret_holder = 0;
    if (file < 0)
        return -1;
    if (fcntl(file, F_SETLK, &lock) == 0)
        return file;
    int code = errno;

    *ret_holder = find_holder(file);
    /* It may have ended just now. */
    if (*ret_holder == 0 && fcntl(file, F_SETLK, &lock) == 0)
        return file;
    close(file);
    errno = code;
    return -1;
}

void claim_drop(int claim)
{
    if (claim >= 0)
        close(claim);
}
