/* SPDX-License-Identifier: Apache-2.0 */
#include "drivers/modbus/modbus-plan.h"

#define MOST_REGISTERS 125u /* Modbus Application Protocol V1.1b3, sections 6.3 and 6.4 */
#define MOST_BITS 2000u     /* sections 6.1 and 6.2 */

typedef struct {
    guint point;
    guint unit, period_ms;
    ProfileSpace space;
    guint start, end; /* end: one past the last */
} Range;

static const ProfilePoint *get_point(const ModbusPlan *plan, guint index)
{
    return plan->profile->points->pdata[index];
}

static void free_read(gpointer data)
{
    ModbusRead *read = data;

    g_array_unref(read->points);
    g_free(read);
}

static guint protocol_limit(ProfileSpace space)
{
    return space == PROFILE_SPACE_COIL || space == PROFILE_SPACE_DISCRETE ? MOST_BITS : MOST_REGISTERS;
}

static int compare_ranges(gconstpointer a, gconstpointer b)
{
    const Range *left = a, *right = b;

#define BY(field)                                                                                            \
    if (left->field != right->field)                                                                         \
    return left->field < right->field ? -1 : 1
    BY(unit);
    BY(space);
    BY(period_ms);
    BY(start);
#undef BY
    if (left->end != right->end) /* the widest first: what lies within it rides along */
        return left->end > right->end ? -1 : 1;
    return 0;
}

static GArray *collect(const Profile *profile, guint unit_id, guint period_ms)
{
    GArray *ranges = g_array_new(FALSE, FALSE, sizeof(Range));

    for (guint i = 0; i < profile->points->len; i++) {
        const ProfilePoint *point = profile->points->pdata[i];
        Range range = { .point = i,
                        .unit = point->unit_id == PROFILE_DEFAULT ? unit_id : point->unit_id,
                        .period_ms = point->period_ms == PROFILE_DEFAULT ? period_ms : point->period_ms,
                        .space = point->space,
                        .start = point->address,
                        .end = point->address + point->count };

        g_array_append_val(ranges, range);
    }
    g_array_sort(ranges, compare_ranges);
    return ranges;
}

static ModbusRead *add_read(ModbusPlan *plan, const Range *range)
{
    ModbusRead *read = g_new0(ModbusRead, 1);

    read->unit = range->unit;
    read->space = range->space;
    read->period_ms = range->period_ms;
    read->address = (guint16)range->start;
    read->count = (guint16)(range->end - range->start);
    read->points = g_array_new(FALSE, FALSE, sizeof(guint));
    g_ptr_array_add(plan->reads, read);
    return read;
}

static gboolean fits(const ModbusPlan *plan, const ModbusRead *read, const Range *range)
{
    guint end = (guint)read->address + read->count;
    guint most = MIN(plan->profile->max_read, protocol_limit(read->space));

    if (read->unit != range->unit || read->space != range->space || read->period_ms != range->period_ms)
        return FALSE;
    if (range->end <= end)
        return TRUE;
    return (range->start <= end || range->start - end <= plan->profile->max_gap) &&
           range->end - read->address <= most;
}

/* Taking ranges by their start and filling each read as far as it goes gives the fewest: of ranges that do
 * not lie within each other every part of a legal run is a legal run, so a longer first read never makes the
 * rest dearer. */
ModbusPlan *modbus_plan_new(const Profile *profile, guint unit_id, guint period_ms,
                            const ProfilePoint **ret_too_wide)
{
    g_autoptr(ModbusPlan) plan = g_new0(ModbusPlan, 1);
    g_autoptr(GArray) ranges = collect(profile, unit_id, period_ms);
    ModbusRead *read = NULL;

    plan->profile = profile;
    plan->reads = g_ptr_array_new_with_free_func(free_read);
    for (guint i = 0; i < ranges->len; i++) {
        const Range *range = &g_array_index(ranges, Range, i);

        if (range->end <= range->start || range->end - range->start > protocol_limit(range->space) ||
            range->end > 0x10000) {
            *ret_too_wide = get_point(plan, range->point);
            return NULL;
        }
        if (!read || !fits(plan, read, range))
            read = add_read(plan, range);
        else if (range->end > (guint)read->address + read->count)
            read->count = (guint16)(range->end - read->address);
        g_array_append_val(read->points, range->point);
    }
    return g_steal_pointer(&plan);
}

void modbus_plan_free(ModbusPlan *plan)
{
    g_ptr_array_unref(plan->reads);
    g_free(plan);
}

static guint end_of(const ModbusPlan *plan, const ModbusRead *read, guint i)
{
    const ProfilePoint *point = get_point(plan, g_array_index(read->points, guint, i));

    return point->address + point->count;
}

static guint start_of(const ModbusPlan *plan, const ModbusRead *read, guint i)
{
    return get_point(plan, g_array_index(read->points, guint, i))->address;
}

/* The places (indices into the read's points) before which a hole lies. */
static GArray *find_holes(const ModbusPlan *plan, const ModbusRead *read)
{
    GArray *cuts = g_array_new(FALSE, FALSE, sizeof(guint));
    guint end = end_of(plan, read, 0);

    for (guint i = 1; i < read->points->len; i++) {
        if (start_of(plan, read, i) > end)
            g_array_append_val(cuts, i);
        end = MAX(end, end_of(plan, read, i));
    }
    return cuts;
}

/* The place nearest to the middle where two different ranges meet; 0: none. */
static guint find_middle(const ModbusPlan *plan, const ModbusRead *read)
{
    guint half = read->points->len / 2, best = 0;

    for (guint i = 1; i < read->points->len; i++) {
        if (start_of(plan, read, i) == start_of(plan, read, i - 1) &&
            end_of(plan, read, i) == end_of(plan, read, i - 1))
            continue;
        if (best == 0 || ABS((int)i - (int)half) < ABS((int)best - (int)half))
            best = i;
    }
    return best;
}

static void set_span(const ModbusPlan *plan, ModbusRead *read)
{
    guint end = 0;

    for (guint i = 0; i < read->points->len; i++)
        end = MAX(end, end_of(plan, read, i));
    read->address = (guint16)start_of(plan, read, 0);
    read->count = (guint16)(end - read->address);
}

static void cut(ModbusPlan *plan, guint index, guint from)
{
    ModbusRead *whole = plan->reads->pdata[index];
    ModbusRead *tail = g_new0(ModbusRead, 1);

    *tail = *whole;
    tail->points = g_array_new(FALSE, FALSE, sizeof(guint));
    g_array_append_vals(tail->points, &g_array_index(whole->points, guint, from), whole->points->len - from);
    g_array_set_size(whole->points, from);
    set_span(plan, whole);
    set_span(plan, tail);
    g_ptr_array_add(plan->reads, tail);
}

guint modbus_plan_split(ModbusPlan *plan, guint index)
{
    const ModbusRead *read = plan->reads->pdata[index];
    g_autoptr(GArray) cuts = find_holes(plan, read);
    guint middle = cuts->len ? 0 : find_middle(plan, read);

    if (middle)
        g_array_append_val(cuts, middle);
    for (guint i = cuts->len; i > 0; i--)
        cut(plan, index, g_array_index(cuts, guint, i - 1));
    return cuts->len;
}
