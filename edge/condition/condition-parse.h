/* SPDX-License-Identifier: Apache-2.0 */
/* From the text of a condition to its tree: lexer and recursive descent. Inside the room only; others use
 * condition.h. Any thread.
 *
 *   condition  = conjunction { "or" conjunction }
 *   conjunction = term { "and" term }
 *   term       = "(" condition ")" | comparison
 *   comparison = POINT OP NUMBER | POINT ("==" | "!=") WORD
 *              | "rate(" POINT "," DURATION ")" OP NUMBER
 *              | "spread(" POINT "," POINT ")" OP NUMBER
 *              | "age(" POINT ")" OP (NUMBER | DURATION)
 *   OP         = "==" | "!=" | "<" | "<=" | ">" | ">="
 *   DURATION   = NUMBER ("ms" | "s" | "m" | "h") */
#pragma once

#include "edge/condition/condition.h"
#include "edge/model/point.h"

typedef enum {
    CONDITION_NODE_AND,
    CONDITION_NODE_OR,
    CONDITION_NODE_VALUE,  /* point against number */
    CONDITION_NODE_WORD,   /* point against word */
    CONDITION_NODE_RATE,   /* change per minute against number */
    CONDITION_NODE_SPREAD, /* |a − b| against number */
    CONDITION_NODE_AGE,    /* seconds against number */
} ConditionNodeKind;

typedef enum {
    CONDITION_OP_EQ,
    CONDITION_OP_NE,
    CONDITION_OP_LT,
    CONDITION_OP_LE,
    CONDITION_OP_GT,
    CONDITION_OP_GE,
} ConditionOp;

typedef struct {
    ConditionNodeKind kind;
    ConditionOp op;
    guint a, b; /* AND, OR: nodes; else: names (b: SPREAD only) */
    double number;
    gint64 window_us;           /* RATE */
    guint window;               /* RATE: 0, 1 … within the condition */
    char word[POINT_TEXT_SIZE]; /* WORD */
    int boolean;                /* WORD: 1 for true and yes, 0 for false and no, else −1 */
} ConditionNode;

struct Condition {
    GArray *nodes;    /* ConditionNode; children before parents, the last one is the whole */
    GPtrArray *names; /* char *, each once, closed by NULL */
    guint n_names;
    guint n_windows;
};

/* Fills the empty CONDITION from TEXT. */
gboolean condition_parse_text(Condition *condition, const char *text, GError **error);

/* 1 for "true" and "yes", 0 for "false" and "no", −1 for any other word. */
int condition_parse_boolean(const char *word);
