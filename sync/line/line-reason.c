/* SPDX-License-Identifier: Apache-2.0 */
#include "sync/line/line-reason.h"

#include <openssl/err.h>

typedef struct {
    const char *from, *to;
} Words;

static const Words tls_words[] = {
    { "certificate verify failed",
      "the broker's certificate is not trusted: it is not signed by the authority "
      "of ca-file, or is out of its time (is the clock right?)" },
    { "key values mismatch", "key-file is not the key of cert-file" },
    { "no start line", "ca-file, cert-file or key-file is no PEM file" },
    { "wrong version number", "the broker does not speak TLS on this port" },
};

/* What ends a connection that the broker does not want: whether its alert is still read, or the connection
 * breaks before, is chance. */
static const char *const unwanted[] = {
    "tlsv13 alert certificate required", "sslv3 alert handshake failure",   "tlsv1 alert unknown ca",
    "sslv3 alert bad certificate",       "sslv3 alert certificate expired", "sslv3 alert certificate revoked",
    "sslv3 alert certificate unknown",   "unexpected eof while reading",    "shutdown while in init",
};

static const char *const broken[] = { "TCP/TLS connect failure", "TCP connect completion failure",
                                      "socket error" };

static const char *translate(const Words *words, gsize n, const char *text)
{
    for (gsize i = 0; i < n; i++) {
        if (g_str_equal(words[i].from, text))
            return words[i].to;
    }
    return NULL;
}

static gboolean is_one_of(const char *const *texts, gsize n, const char *text)
{
    for (gsize i = 0; i < n; i++) {
        if (g_str_equal(texts[i], text))
            return TRUE;
    }
    return FALSE;
}

static char *explain_code(unsigned long code)
{
    const char *text =
        ERR_SYSTEM_ERROR(code) ? g_strerror(ERR_GET_REASON(code)) : ERR_reason_error_string(code);
    const char *words = text ? translate(tls_words, G_N_ELEMENTS(tls_words), text) : NULL;

    if (text && is_one_of(unwanted, G_N_ELEMENTS(unwanted), text))
        return NULL;
    if (words)
        return g_strdup_printf("TLS: %s", words);
    return text ? g_strdup_printf("TLS: %s", text) : g_strdup_printf("TLS: error %lX", code);
}

/* "THREAD:error:CODE:LIBRARY:FUNCTION:REASON:FILE:LINE:DATA" */
char *line_reason_read_tls(const char *text, gsize size)
{
    g_autofree char *line = g_strndup(text, size);
    g_auto(GStrv) fields = g_strsplit(line, ":", 4);

    if (g_strv_length(fields) < 3 || !g_str_equal(fields[1], "error"))
        return g_strdup("TLS: an error that OpenSSL has no words for");
    return explain_code((unsigned long)g_ascii_strtoull(fields[2], NULL, 16));
}

const char *line_reason_explain(const char *message, gboolean tls, gboolean has_certificate)
{
    if (!message)
        return "the broker cannot be reached";
    if (g_str_equal(message, "TCP connect timeout"))
        return "the broker does not answer";
    if (!is_one_of(broken, G_N_ELEMENTS(broken), message))
        return message;
    if (!tls)
        return "nobody answers at the broker's address, or it wants TLS there";
    return has_certificate
               ? "TLS: nobody answers at the broker's address, or its certificate is not for this "
                 "name, or it does not take ours (cert-file)"
               : "TLS: nobody answers at the broker's address, or its certificate is not for this "
                 "name, or it wants a client certificate (cert-file, key-file)";
}
