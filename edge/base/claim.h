/* SPDX-License-Identifier: Apache-2.0 */
/* A file that one living process at a time may claim: a record lock, whose holder the kernel names and which
 * ends with it, so that no claim is ever stale. Main thread; a process opens the file here and nowhere else.
 */
#pragma once

#include <glib.h>

/* Claims the file PATH, which is made if missing, until claim_drop() or the process' end. −1 where that
 * cannot be: RET_HOLDER is the process that lives and has it, or 0 where none is known, and errno says why.
 */
int claim_take(const char *path, int *ret_holder);
/* Gives it back; −1 is allowed. */
void claim_drop(int claim);
