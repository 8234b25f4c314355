/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/condition/condition-parse.h"

#include <math.h>
#include <string.h>

#define LONGEST_TEXT 1024
#define DEEPEST_NESTING 16
#define SHORTEST_WINDOW_US (1 * (gint64)G_USEC_PER_SEC)
#define LONGEST_WINDOW_US (24 * 3600 * (gint64)G_USEC_PER_SEC)
#define NAME_LETTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-/"
#define RUN_LETTERS NAME_LETTERS "+" /* a run may also be a number with its sign */
#define NO_NODE G_MAXUINT

typedef enum {
    TOKEN_END,
    TOKEN_RUN, /* a point, number, word, duration, keyword: told apart by where it stands */
    TOKEN_OPERATOR,
    TOKEN_OPEN,
    TOKEN_CLOSE,
    TOKEN_COMMA,
    TOKEN_OTHER, /* nothing of this language */
} TokenKind;

typedef struct {
    Condition *condition;
    const char *text;
    TokenKind kind; /* the token at hand */
    gsize start, length;
    ConditionOp op; /* of TOKEN_OPERATOR */
    guint depth;
} Parser;

static guint parse_alternatives(Parser *parser, GError **error);

int condition_parse_boolean(const char *word)
{
    if (g_str_equal(word, "true") || g_str_equal(word, "yes"))
        return 1;
    if (g_str_equal(word, "false") || g_str_equal(word, "no"))
        return 0;
    return -1;
}

static gsize find_operator(const char *text, ConditionOp *ret_op)
{
    static const struct {
        const char *text;
        ConditionOp op;
    } operators[] = {
        { "==", CONDITION_OP_EQ }, { "!=", CONDITION_OP_NE }, { "<=", CONDITION_OP_LE },
        { ">=", CONDITION_OP_GE }, { "<", CONDITION_OP_LT },  { ">", CONDITION_OP_GT },
    };

    for (guint i = 0; i < G_N_ELEMENTS(operators); i++) {
        if (g_str_has_prefix(text, operators[i].text)) {
            *ret_op = operators[i].op;
            return strlen(operators[i].text);
        }
    }
    return 0;
}

/* Moves on to the next token. */
static void advance(Parser *parser)
{
    gsize start = parser->start + parser->length;
    start += strspn(parser->text + start, " \t");
    const char *text = parser->text + start;

    parser->start = start;
    parser->length = 1;
    if (!*text) {
        parser->kind = TOKEN_END;
        parser->length = 0;
    } else if (strchr(RUN_LETTERS, *text)) {
        parser->kind = TOKEN_RUN;
        parser->length = strspn(text, RUN_LETTERS);
    } else if ((parser->length = find_operator(text, &parser->op))) {
        parser->kind = TOKEN_OPERATOR;
    } else {
        parser->kind = *text == '(' ? TOKEN_OPEN : *text == ')' ? TOKEN_CLOSE : TOKEN_OTHER;
        parser->kind = *text == ',' ? TOKEN_COMMA : parser->kind;
        parser->length = 1;
    }
}

/* The token at hand as a person should see it. */
static char *describe_token(const Parser *parser)
{
    const char *at = parser->text + parser->start;
    gunichar letter = parser->kind == TOKEN_OTHER ? g_utf8_get_char_validated(at, -1) : 0;

    if (parser->kind == TOKEN_END)
        return g_strdup("the end");
    if (letter >= (gunichar)-2 || (letter && !g_unichar_isprint(letter)))
        return g_strdup_printf("byte 0x%02x", (guint8)*at);
    gsize length = letter ? (gsize)(g_utf8_next_char(at) - at) : MIN(parser->length, 40);

    return g_strdup_printf("\"%.*s\"%s", (int)length, at, length < parser->length ? "…" : "");
}

static guint fail(const Parser *parser, const char *expected, GError **error)
{
    g_autofree char *found = describe_token(parser);

    g_set_error(error, CONDITION_ERROR, CONDITION_ERROR_SYNTAX,
                "column %" G_GSIZE_FORMAT ": expected %s, found %s", parser->start + 1, expected, found);
    return NO_NODE;
}

static gboolean is_run(const Parser *parser, const char *word)
{
    return parser->kind == TOKEN_RUN && parser->length == strlen(word) &&
           strncmp(parser->text + parser->start, word, parser->length) == 0;
}

static gboolean expect(Parser *parser, TokenKind kind, const char *expected, GError **error)
{
    if (parser->kind != kind) {
        fail(parser, expected, error);
        return FALSE;
    }
    advance(parser);
    return TRUE;
}

static guint add_node(Parser *parser, const ConditionNode *node)
{
    g_array_append_vals(parser->condition->nodes, node, 1);
    return parser->condition->nodes->len - 1;
}

static guint intern_name(Condition *condition, const char *start, gsize length)
{
    g_autofree char *name = g_strndup(start, length);

    for (guint i = 0; i < condition->names->len; i++) {
        if (g_str_equal(condition->names->pdata[i], name))
            return i;
    }
    g_ptr_array_add(condition->names, g_steal_pointer(&name));
    return condition->names->len - 1;
}

/* Reads a decimal number from the start of the run at hand; what is left of the run goes to RET_REST. */
static gboolean read_number(const Parser *parser, double *ret_number, char ret_rest[4])
{
    g_autofree char *run = g_strndup(parser->text + parser->start, parser->length);
    gsize head = strcspn(run, "0123456789");
    char *end = run;

    if (parser->kind != TOKEN_RUN || head > 2 || strspn(run, "+-.") < head || !run[head])
        return FALSE; /* no "inf", "nan" */
    if (run[head] == '0' && (run[head + 1] == 'x' || run[head + 1] == 'X'))
        return FALSE;
    *ret_number = g_ascii_strtod(run, &end);
    if (end == run || !isfinite(*ret_number))
        return FALSE;
    return g_strlcpy(ret_rest, end, 4) < 4;
}

static gboolean read_plain_number(const Parser *parser, double *ret_number)
{
    char rest[4];

    return read_number(parser, ret_number, rest) && !rest[0];
}

static gboolean read_duration(const Parser *parser, double *ret_seconds)
{
    static const struct {
        const char *unit;
        double seconds;
    } units[] = { { "ms", 0.001 }, { "s", 1 }, { "m", 60 }, { "h", 3600 } };
    char rest[4];
    double number;

    if (!read_number(parser, &number, rest) || number < 0)
        return FALSE;
    for (guint i = 0; i < G_N_ELEMENTS(units); i++) {
        if (g_str_equal(rest, units[i].unit)) {
            *ret_seconds = number * units[i].seconds;
            return TRUE;
        }
    }
    return FALSE;
}

/* Takes a point's name; its place among the names goes to RET_NAME. */
static gboolean parse_point(Parser *parser, const char *expected, guint *ret_name, GError **error)
{
    const char *start = parser->text + parser->start;
    double number;

    if (parser->kind != TOKEN_RUN || strspn(start, NAME_LETTERS) < parser->length || is_run(parser, "and") ||
        is_run(parser, "or") || read_plain_number(parser, &number) || start[0] == '/' ||
        start[parser->length - 1] == '/' || g_strstr_len(start, (gssize)parser->length, "//")) {
        fail(parser, expected, error);
        return FALSE;
    }
    *ret_name = intern_name(parser->condition, start, parser->length);
    advance(parser);
    return TRUE;
}

static gboolean parse_window(Parser *parser, ConditionNode *node, GError **error)
{
    double seconds;

    if (!read_duration(parser, &seconds) || seconds * G_USEC_PER_SEC < (double)SHORTEST_WINDOW_US ||
        seconds * G_USEC_PER_SEC > (double)LONGEST_WINDOW_US) {
        fail(parser, "a duration from 1s to 24h", error);
        return FALSE;
    }
    node->window_us = (gint64)(seconds * G_USEC_PER_SEC);
    node->window = parser->condition->n_windows++;
    advance(parser);
    return TRUE;
}

/* What stands between the parentheses of rate(), spread(), age(); the opening one is at hand. */
static gboolean parse_arguments(Parser *parser, ConditionNode *node, GError **error)
{
    advance(parser);
    if (!parse_point(parser, "a point", &node->a, error))
        return FALSE;
    if (node->kind != CONDITION_NODE_AGE && !expect(parser, TOKEN_COMMA, "a comma", error))
        return FALSE;
    if (node->kind == CONDITION_NODE_RATE && !parse_window(parser, node, error))
        return FALSE;
    if (node->kind == CONDITION_NODE_SPREAD && !parse_point(parser, "a point", &node->b, error))
        return FALSE;
    return expect(parser, TOKEN_CLOSE, "\")\"", error);
}

/* What is compared: a point, or a function of points. */
static gboolean parse_operand(Parser *parser, ConditionNode *node, GError **error)
{
    static const struct {
        const char *name;
        ConditionNodeKind kind;
    } functions[] = { { "rate", CONDITION_NODE_RATE },
                      { "spread", CONDITION_NODE_SPREAD },
                      { "age", CONDITION_NODE_AGE } };
    gsize behind = parser->start + parser->length;

    behind += strspn(parser->text + behind, " \t");
    for (guint i = 0; parser->text[behind] == '(' && i < G_N_ELEMENTS(functions); i++) {
        if (is_run(parser, functions[i].name)) {
            node->kind = functions[i].kind;
            advance(parser);
            return parse_arguments(parser, node, error);
        }
    }
    return parse_point(parser, "a point, rate(), spread(), age() or \"(\"", &node->a, error);
}

static gboolean parse_word(Parser *parser, ConditionNode *node, GError **error)
{
    const char *start = parser->text + parser->start;

    if (parser->kind != TOKEN_RUN || strspn(start, NAME_LETTERS) < parser->length || is_run(parser, "and") ||
        is_run(parser, "or") || parser->length >= sizeof node->word) {
        fail(parser, "a number, or a word of at most 39 letters", error);
        return FALSE;
    }
    node->kind = CONDITION_NODE_WORD;
    memcpy(node->word, start, parser->length);
    node->boolean = condition_parse_boolean(node->word);
    advance(parser);
    return TRUE;
}

/* What it is compared with. */
static gboolean parse_measure(Parser *parser, ConditionNode *node, GError **error)
{
    gboolean takes_word =
        node->kind == CONDITION_NODE_VALUE && (node->op == CONDITION_OP_EQ || node->op == CONDITION_OP_NE);

    if (read_plain_number(parser, &node->number) ||
        (node->kind == CONDITION_NODE_AGE && read_duration(parser, &node->number))) {
        advance(parser);
        return TRUE;
    }
    if (takes_word)
        return parse_word(parser, node, error);
    fail(parser, node->kind == CONDITION_NODE_AGE ? "a number of seconds" : "a number", error);
    return FALSE;
}

static guint parse_comparison(Parser *parser, GError **error)
{
    ConditionNode node = { .kind = CONDITION_NODE_VALUE, .boolean = -1 };

    if (!parse_operand(parser, &node, error))
        return NO_NODE;
    node.op = parser->op;
    if (!expect(parser, TOKEN_OPERATOR, "one of == != < <= > >=", error))
        return NO_NODE;
    if (!parse_measure(parser, &node, error))
        return NO_NODE;
    return add_node(parser, &node);
}

static guint parse_term(Parser *parser, GError **error)
{
    if (parser->kind != TOKEN_OPEN)
        return parse_comparison(parser, error);
    if (++parser->depth > DEEPEST_NESTING)
        return fail(parser, "at most 16 parentheses within each other", error);
    advance(parser);
    guint inner = parse_alternatives(parser, error);

    if (inner == NO_NODE || !expect(parser, TOKEN_CLOSE, "\"and\", \"or\" or \")\"", error))
        return NO_NODE;
    parser->depth--;
    return inner;
}

/* A row of PARSE_PART with WORD between them, joined from the left. */
static guint parse_row(Parser *parser, const char *word, ConditionNodeKind kind,
                       guint (*parse_part)(Parser *, GError **), GError **error)
{
    guint left = parse_part(parser, error);

    while (left != NO_NODE && is_run(parser, word)) {
        advance(parser);
        guint right = parse_part(parser, error);

        if (right == NO_NODE)
            return NO_NODE;
        left = add_node(parser, &(ConditionNode){ .kind = kind, .a = left, .b = right });
    }
    return left;
}

static guint parse_conjunction(Parser *parser, GError **error)
{
    return parse_row(parser, "and", CONDITION_NODE_AND, parse_term, error);
}

static guint parse_alternatives(Parser *parser, GError **error)
{
    return parse_row(parser, "or", CONDITION_NODE_OR, parse_conjunction, error);
}

gboolean condition_parse_text(Condition *condition, const char *text, GError **error)
{
    Parser parser = { .condition = condition, .text = text };
    gsize length = strlen(text);

    if (length > LONGEST_TEXT) {
        g_set_error(error, CONDITION_ERROR, CONDITION_ERROR_TOO_LONG,
                    "column %d: a condition has at most %d bytes, this one %" G_GSIZE_FORMAT,
                    LONGEST_TEXT + 1, LONGEST_TEXT, length);
        return FALSE;
    }
    advance(&parser);
    if (parse_alternatives(&parser, error) == NO_NODE)
        return FALSE;
    if (!expect(&parser, TOKEN_END, "\"and\", \"or\" or the end", error))
        return FALSE;
    condition->n_names = condition->names->len;
    g_ptr_array_add(condition->names, NULL);
    return TRUE;
}
