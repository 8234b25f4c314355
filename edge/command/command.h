/* SPDX-License-Identifier: Apache-2.0 */
/* What headquarters sends to …/command, read strictly (CONTRACT section 6). Any thread. Times are wall time
 * in microseconds. */
#pragma once

#include <json-glib/json-glib.h>

#define COMMAND_PAYLOAD_MAX 16384                          /* bytes */
#define COMMAND_SEQ_MAX ((G_GINT64_CONSTANT(1) << 53) - 1) /* what every JSON reader holds exactly */

#define COMMAND_ERROR command_error_quark()
GQuark command_error_quark(void);
typedef enum {
    COMMAND_ERROR_FORM,       /* it is not what the contract says */
    COMMAND_ERROR_SIGNATURE,  /* no issuer of ours has signed it */
    COMMAND_ERROR_EXPIRED,    /* too late */
    COMMAND_ERROR_TIME,       /* too early, or valid for too long */
    COMMAND_ERROR_SEQ,        /* not above the issuer's last */
    COMMAND_ERROR_RATE,       /* too many */
    COMMAND_ERROR_NOT_SERVED, /* a verb of the contract that is not served yet */
    COMMAND_ERROR_STATE,      /* not while the clock is unset, or without books */
    COMMAND_ERROR_TOPIC,      /* the topic is none of this station's */
    COMMAND_ERROR_RETAINED,   /* the broker has kept it: it may be of any age */
    COMMAND_N_ERRORS
} CommandError;

/* One word for CODE (a CommandError), as in the status: "form", "not_served"; static. */
const char *command_error_name(int code);

typedef enum {
    COMMAND_VERB_CHARGE_STOP,
    COMMAND_VERB_CONNECTOR_DISABLE,
    COMMAND_VERB_CONNECTOR_ENABLE,
    COMMAND_VERB_ALARM_ACKNOWLEDGE,
    COMMAND_VERB_ANNOUNCE,
    COMMAND_VERB_EVENTS_RESEND,
    COMMAND_VERB_DEVICE_RESET,
    COMMAND_VERB_NOT_SERVED, /* one that the contract has and this program has not */
} CommandVerb;

typedef struct {
    char *id;
    char *issuer;
    char *verb_name;
    CommandVerb verb;
    gint64 seq, issued_us, expires_us;
    JsonObject *args; /* as VERB wants them: all that it needs, nothing that it does not know */
} Command;

/* Reads PAYLOAD: LENGTH bytes of anything. Refused where it is too long, nested too deep, no JSON object, has
 * a member twice, one too many or one too few, or one of the wrong type or length. Where at least the id
 * could be read RET_ID gets it (the caller owns it), so that a refusal can be answered; else NULL. */
Command *command_parse(const char *payload, gsize length, char **ret_id, GError **error);
void command_free(Command *command);

/* What headquarters sends to …/config/NAME. */
typedef struct {
    gint64 version;
    char *issuer;
    char *sha256; /* of its text, 64 hexadecimal digits */
} CommandConfig;

/* Reads PAYLOAD likewise; what RET_CONFIG holds is the caller's, and it is all zero where the form is wrong.
 */
gboolean command_parse_config(const char *payload, gsize length, CommandConfig *ret_config, GError **error);
void command_config_clear(CommandConfig *config);

/* Whether it only makes things safer: stopping and disabling. */
gboolean command_is_stop(const Command *command);
/* An argument; "" or MISSING where it was left out. */
const char *command_get_text(const Command *command, const char *name);
gint64 command_get_integer(const Command *command, const char *name, gint64 missing);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Command, command_free)
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(CommandConfig, command_config_clear)
