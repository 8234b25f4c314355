/* SPDX-License-Identifier: Apache-2.0 */
/* Staff: a copy of the table in memory, so that an acknowledgement does not wait for the books. Every act is
 * audited with its person, whether it was allowed or not. */
#include "edge/station/station-private.h"

#include <unistd.h>

#define NAME_LONGEST 32

typedef struct {
    StationRole role;
    gboolean disabled;
    char *pin_hash;
} StationPerson;

static const char *const role_names[] = { "viewer", "operator", "engineer" };

static void free_person(gpointer data)
{
    StationPerson *person = data;

    g_free(person->pin_hash);
    g_free(person);
}

static const char *get_text(JsonObject *row, const char *member)
{
    return json_object_get_string_member_with_default(row, member, "");
}

static int find_role(const char *name)
{
    for (guint i = 0; i < G_N_ELEMENTS(role_names); i++) {
        if (g_str_equal(role_names[i], name))
            return (int)i;
    }
    return -1;
}

static void remember(Station *self, const char *name, StationRole role, gboolean disabled, const char *hash)
{
    StationPerson *person = g_new0(StationPerson, 1);

    person->role = role;
    person->disabled = disabled;
    person->pin_hash = g_strdup(hash);
    if (!self->staff)
        self->staff = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, free_person);
    g_hash_table_replace(self->staff, g_strdup(name), person);
}

/* ---- A copy outside the books: a broken database must not keep named people from acting ---- */

static char *copy_path(const Station *self)
{
    return g_build_filename(self->site->station.data_dir, "staff", NULL);
}

static void save_copy(const Station *self)
{
    g_autoptr(GKeyFile) file = g_key_file_new();
    g_autofree char *path = copy_path(self);
    GHashTableIter iter;
    gpointer name, value;

    if (!self->staff)
        return;
    g_hash_table_iter_init(&iter, self->staff);
    while (g_hash_table_iter_next(&iter, &name, &value)) {
        const StationPerson *person = value;

        g_key_file_set_string(file, name, "role", role_names[person->role]);
        g_key_file_set_boolean(file, name, "disabled", person->disabled);
        g_key_file_set_string(file, name, "pin-hash", person->pin_hash);
    }
    g_autofree char *text = g_key_file_to_data(file, NULL, NULL);

    station_health_write(path, text, 0600);
}

void station_people_recall(Station *self)
{
    g_autoptr(GKeyFile) file = g_key_file_new();
    g_autofree char *path = copy_path(self);

    if (self->staff || !g_key_file_load_from_file(file, path, G_KEY_FILE_NONE, NULL))
        return;
    g_auto(GStrv) names = g_key_file_get_groups(file, NULL);

    for (guint i = 0; names[i]; i++) {
        g_autofree char *role = g_key_file_get_string(file, names[i], "role", NULL);
        g_autofree char *hash = g_key_file_get_string(file, names[i], "pin-hash", NULL);

        if (role && hash && find_role(role) >= 0)
            remember(self, names[i], (StationRole)find_role(role),
                     g_key_file_get_boolean(file, names[i], "disabled", NULL), hash);
    }
}

static void on_loaded(JsonArray *rows, const GError *error, gpointer user_data)
{
    Station *self = user_data;

    if (error) {
        g_warning("staff: %s", error->message);
        return;
    }
    for (guint i = 0; i < json_array_get_length(rows); i++) {
        JsonObject *row = json_array_get_object_element(rows, i);
        int role = find_role(get_text(row, "role"));

        remember(self, get_text(row, "name"), role < 0 ? STATION_ROLE_VIEWER : (StationRole)role,
                 json_object_get_int_member_with_default(row, "disabled", 0) != 0, get_text(row, "pin_hash"));
    }
    save_copy(self);
}

void station_people_load(Station *self)
{
    store_query(self->store, on_loaded, self, "staff-load", "");
}

void station_people_clear(Station *self)
{
    g_clear_pointer(&self->staff, g_hash_table_unref);
}

/* One question to the PIN thread. */
typedef struct {
    Station *station;
    char *name, *verb, *object;
    StationRole role;
    ServiceCall *call;
    StationAllowed allowed;
    gpointer user_data;
    GDestroyNotify free_data;
} Check;

static void free_check(Check *check)
{
    if (check->free_data)
        check->free_data(check->user_data);
    g_free(check->name);
    g_free(check->verb);
    g_free(check->object);
    g_free(check);
}

static char *format_who(const Check *check)
{
    return g_strdup_printf("staff:%s", check->name);
}

static void refuse(Check *check, const char *reason)
{
    g_autofree char *who = format_who(check);

    station_records_audit(check->station, who, check->verb, check->object, "refused", reason);
    service_call_refuse(check->call, SERVICE_REFUSED, "%s", reason);
}

static void on_verified(PinVerdict verdict, gpointer user_data)
{
    static const char *const reasons[] = { NULL, "wrong name or PIN", "locked after too many wrong PINs",
                                           "too many checks at once; try again" };
    Check *check = user_data;
    Station *self = check->station;
    const StationPerson *person = self->staff ? g_hash_table_lookup(self->staff, check->name) : NULL;

    if (verdict != PIN_RIGHT)
        refuse(check, reasons[verdict]);
    else if (!person || person->disabled)
        refuse(check, "wrong name or PIN");
    else if (person->role < check->role)
        refuse(check, check->role == STATION_ROLE_ENGINEER ? "only an engineer may do this"
                                                           : "only an operator or an engineer may do this");
    else
        check->allowed(self, check->name, check->call, check->user_data);
    free_check(check);
}

static Check *new_check(Station *self, const ServiceWho *who, const char *verb, const char *object,
                        ServiceCall *call, StationAllowed allowed, gpointer user_data,
                        GDestroyNotify free_data)
{
    Check *check = g_new0(Check, 1);

    check->station = self;
    check->name = g_strdup(who->staff);
    check->verb = g_strdup(verb);
    check->object = g_strdup(object);
    check->call = call;
    check->allowed = allowed;
    check->user_data = user_data;
    check->free_data = free_data;
    return check;
}

void station_people_check(Station *self, const ServiceWho *who, StationRole role, const char *verb,
                          const char *object, ServiceCall *call, StationAllowed allowed, gpointer user_data,
                          GDestroyNotify free_data)
{
    Check *check = new_check(self, who, verb, object, call, allowed, user_data, free_data);
    const StationPerson *person = self->staff ? g_hash_table_lookup(self->staff, who->staff) : NULL;

    check->role = role;
    if (who->staff[0] == '\0' || !self->staff) {
        refuse(check, who->staff[0] ? "nobody is known while the books are unavailable"
                                    : "needs a staff member's name and PIN");
        free_check(check);
        return;
    }
    pin_verify(self->pin, who->uid, who->staff, who->pin,
               person && !person->disabled ? person->pin_hash : NULL, on_verified, check);
}

void station_people_check_owner(Station *self, const ServiceWho *who, const char *verb, const char *object,
                                ServiceCall *call, StationAllowed allowed, gpointer user_data,
                                GDestroyNotify free_data)
{
    if (who->staff[0] || (who->uid != 0 && who->uid != getuid())) {
        station_people_check(self, who, STATION_ROLE_ENGINEER, verb, object, call, allowed, user_data,
                             free_data);
        return;
    }
    g_autofree char *name = g_strdup_printf("uid:%u", who->uid);

    allowed(self, name, call, user_data);
    if (free_data)
        free_data(user_data);
}

char *station_people_actor(const char *name)
{
    return g_str_has_prefix(name, "uid:") ? g_strdup(name) : g_strdup_printf("staff:%s", name);
}

static void on_list(JsonArray *rows, const GError *error, gpointer user_data)
{
    ServiceCall *call = user_data;
    g_autoptr(JsonArray) shown = json_array_new();

    if (error) {
        service_call_refuse(call, SERVICE_REFUSED, "%s", error->message);
        return;
    }
    for (guint i = 0; i < json_array_get_length(rows); i++) {
        JsonObject *row = json_array_get_object_element(rows, i);
        JsonObject *person = json_object_new();

        json_object_set_string_member(person, "name", get_text(row, "name"));
        json_object_set_string_member(person, "role", get_text(row, "role"));
        json_object_set_boolean_member(person, "disabled",
                                       json_object_get_int_member_with_default(row, "disabled", 0) != 0);
        json_array_add_object_element(shown, person);
    }
    JsonNode *node = json_node_init_array(json_node_alloc(), shown);
    g_autofree char *text = json_to_string(node, FALSE);

    json_node_unref(node);
    service_call_text(call, text);
}

void station_people_list(Station *self, ServiceCall *call)
{
    store_query(self->store, on_list, call, "staff-list", "");
}

/* A person being added or disabled. */
typedef struct {
    Station *station;
    char *name, *pin, *actor, *hash;
    StationRole role;
    gboolean disable;
    ServiceCall *call;
} Change;

static void free_change(gpointer data)
{
    Change *change = data;

    g_free(change->name);
    g_free(change->pin);
    g_free(change->actor);
    g_free(change->hash);
    g_free(change);
}

static void on_changed(const GError *error, gint64 last_seq G_GNUC_UNUSED, gpointer user_data)
{
    Change *change = user_data;

    if (error) {
        service_call_refuse(change->call, SERVICE_REFUSED, "not recorded: %s", error->message);
    } else {
        remember(change->station, change->name, change->role, change->disable, change->hash);
        save_copy(change->station);
        service_call_done(change->call);
    }
    free_change(change);
}

static void on_hashed(const char *hash, gpointer user_data)
{
    Change *change = user_data;

    if (!hash) {
        service_call_refuse(change->call, SERVICE_BUSY, "the PIN could not be hashed; try again");
        free_change(change);
        return;
    }
    StoreFact *fact = store_fact_new();

    change->hash = g_strdup(hash);
    store_fact_add(fact, "staff-save", "sssis", change->name, role_names[change->role], hash,
                   g_get_real_time(), change->actor);
    store_fact_add(fact, "audit-add", "isssss", g_get_real_time(), change->actor, "staff.add", change->name,
                   "done", role_names[change->role]);
    store_put(change->station->store, fact, on_changed, change);
}

static Change *copy_change(Station *self, const Change *given, const char *name, ServiceCall *call)
{
    Change *change = g_new0(Change, 1);

    change->station = self;
    change->name = g_strdup(given->name);
    change->pin = g_strdup(given->pin);
    change->role = given->role;
    change->actor = station_people_actor(name);
    change->call = call;
    return change;
}

static void add_allowed(Station *self, const char *name, ServiceCall *call, gpointer user_data)
{
    Change *change = copy_change(self, user_data, name, call);

    pin_hash(self->pin, change->pin, on_hashed, change);
}

static gboolean name_is_fit(const char *name)
{
    gsize length = strlen(name);

    if (length == 0 || length > NAME_LONGEST)
        return FALSE;
    for (const char *at = name; *at; at++) {
        if (!g_ascii_isalnum(*at) && !strchr("._-", *at))
            return FALSE;
    }
    return TRUE;
}

void station_people_add(Station *self, const char *name, const char *role, const char *new_pin,
                        const ServiceWho *who, ServiceCall *call)
{
    int found = find_role(role);
    gsize length = strlen(new_pin);

    if (!self->books_open) {
        service_call_refuse(call, SERVICE_REFUSED, "books unavailable: a person cannot be recorded now");
        return;
    }
    if (!name_is_fit(name)) {
        service_call_refuse(call, SERVICE_INVALID, "name: letters, digits, . _ - and at most %d of them",
                            NAME_LONGEST);
        return;
    }
    if (found < 0) {
        service_call_refuse(call, SERVICE_INVALID, "role: viewer, operator or engineer");
        return;
    }
    if (length < PIN_SHORTEST || length > PIN_LONGEST) {
        service_call_refuse(call, SERVICE_INVALID, "PIN: %d to %d characters", PIN_SHORTEST, PIN_LONGEST);
        return;
    }
    Change *change = g_new0(Change, 1);

    change->name = g_strdup(name);
    change->pin = g_strdup(new_pin);
    change->role = (StationRole)found;
    station_people_check_owner(self, who, "staff.add", name, call, add_allowed, change, free_change);
}

static void disable_allowed(Station *self, const char *name, ServiceCall *call, gpointer user_data)
{
    const Change *given = user_data;
    const StationPerson *person = self->staff ? g_hash_table_lookup(self->staff, given->name) : NULL;

    if (!person) { /* the books were replaced meanwhile */
        service_call_refuse(call, SERVICE_NOT_FOUND, "no staff member %s", given->name);
        return;
    }
    Change *change = copy_change(self, given, name, call);
    StoreFact *fact = store_fact_new();

    change->disable = TRUE;
    change->role = person->role;
    change->hash = g_strdup(person->pin_hash);
    store_fact_add(fact, "staff-disable", "s", change->name);
    store_fact_add(fact, "audit-add", "isssss", g_get_real_time(), change->actor, "staff.disable",
                   change->name, "done", "");
    store_put(self->store, fact, on_changed, change);
}

void station_people_disable(Station *self, const char *name, const ServiceWho *who, ServiceCall *call)
{
    if (!self->staff || !g_hash_table_contains(self->staff, name)) {
        service_call_refuse(call, SERVICE_NOT_FOUND, "no staff member %s", name);
        return;
    }
    Change *change = g_new0(Change, 1);

    change->name = g_strdup(name);
    station_people_check_owner(self, who, "staff.disable", name, call, disable_allowed, change, free_change);
}
