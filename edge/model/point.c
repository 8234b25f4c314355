/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/model/point.h"

#include <math.h>

const char *point_quality_name(PointQuality quality)
{
    static const char *const names[] = { "unknown", "good", "stale", "bad", "absent" };

    return names[quality];
}

char *point_value_format(const PointValue *value)
{
    char number[G_ASCII_DTOSTR_BUF_SIZE];

    if (value->text[0])
        return g_strdup(value->text);
    return g_strdup(g_ascii_formatd(number, sizeof number, "%.10g", value->number));
}
