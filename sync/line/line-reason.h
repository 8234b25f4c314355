/* SPDX-License-Identifier: Apache-2.0 */
/* Why there is no line, in words that somebody can act on, and the same ones for each attempt. Any thread. */
#pragma once

#include <glib.h>

/* What OpenSSL prints of an error (SIZE bytes at TEXT), in words. NULL: it only says that the broker does not
 * want the connection. */
char *line_reason_read_tls(const char *text, gsize size);

/* Paho's own MESSAGE of an attempt that failed (NULL: it has none), where nothing better is known. It does
 * not tell apart a port where nobody listens, a certificate for another host, and what the broker refuses
 * behind the handshake; so all are named. */
const char *line_reason_explain(const char *message, gboolean tls, gboolean has_certificate);
