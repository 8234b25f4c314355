/* SPDX-License-Identifier: Apache-2.0 */
#include "sync/sync-backoff.h"

#define FIRST_MS 1000
#define MOST_MS 60000
#define NEXT_BROKER_MS 100

guint sync_backoff_ms(guint failures, guint brokers, double random)
{
    guint rounds = failures / MAX(brokers, 1);
    guint full_ms;

    if (failures == 0)
        return 0;
    if (failures % MAX(brokers, 1) != 0)
        return NEXT_BROKER_MS;
    full_ms = rounds > 6 ? MOST_MS : MIN(FIRST_MS << (rounds - 1), MOST_MS);
    return full_ms / 2 + (guint)(random * (full_ms / 2));
}
