/* SPDX-License-Identifier: Apache-2.0 */
/* Host names with a time limit: a name server that does not answer must not hold a bus. A numeric address
 * needs no look-up. One thread uses a resolver; the look-up itself runs in a thread of its own, of which a
 * resolver has at most one. */
#pragma once

#include <glib.h>

typedef struct DriverResolver DriverResolver;

DriverResolver *driver_resolve_new(const char *host);

/* The numeric address of the host, the caller owns it; NULL where it has none, or none was told within
 * TIMEOUT_US (the look-up goes on, and the next call may have its answer at once). */
char *driver_resolve_dup_address(DriverResolver *resolver, gint64 timeout_us);

/* Never waits: a look-up under way frees itself when it ends. */
void driver_resolve_free(DriverResolver *resolver);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(DriverResolver, driver_resolve_free)
