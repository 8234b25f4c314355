/* SPDX-License-Identifier: Apache-2.0 */
/* Fixed-point decimals as 64-bit integers: energy in 0.0001 kWh (`energy_dwh`, 4 decimals), unit prices in
 * 0.00001 yuan (`price_e5`, 5 decimals), amounts in fen (2 decimals). No floating point comes near. Any
 * thread. */
#pragma once

#include <glib.h>

/* Reads "12.5", "-3", "0.00001" with at most DECIMALS digits behind the point (0 … 9) into an integer scaled
 * by 10^DECIMALS. False, RET_VALUE untouched, on any other text, more digits, or a value beyond 64 bits. */
gboolean fixed_parse(const char *text, guint decimals, gint64 *ret_value);

/* VALUE as a decimal string with exactly DECIMALS digits behind the point; the caller owns it. */
char *fixed_format(gint64 value, guint decimals);
