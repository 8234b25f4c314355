/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/bus/service-call.h"

struct ServiceCall {
    GDBusMethodInvocation *invocation;
};

static const char *const error_names[] = { "org.stationmaster.Error.Refused",
                                           "org.stationmaster.Error.NotFound",
                                           "org.stationmaster.Error.Invalid",
                                           "org.stationmaster.Error.Busy" };

ServiceCall *service_call_new(GDBusMethodInvocation *invocation)
{
    ServiceCall *call = g_new0(ServiceCall, 1);

    call->invocation = invocation;
    return call;
}

GDBusMethodInvocation *service_call_get_invocation(ServiceCall *call)
{
    return call->invocation;
}

/* Where the bus has died meanwhile GDBus drops the answer. */
static void take_answer(ServiceCall *call, GVariant *answer)
{
    g_dbus_method_invocation_return_value(call->invocation, answer); /* consumes the invocation */
    g_free(call);
}

void service_call_done(ServiceCall *call)
{
    take_answer(call, NULL);
}

void service_call_value(ServiceCall *call, GVariant *value)
{
    take_answer(call, g_variant_new_tuple(&value, 1));
}

static GVariant *new_text(const char *text)
{
    if (g_utf8_validate(text, -1, NULL))
        return g_variant_new_string(text);
    return g_variant_new_take_string(g_utf8_make_valid(text, -1));
}

void service_call_text(ServiceCall *call, const char *text)
{
    service_call_value(call, new_text(text));
}

void service_call_count(ServiceCall *call, guint count)
{
    service_call_value(call, g_variant_new_uint32(count));
}

void service_call_texts(ServiceCall *call, const char *const *texts)
{
    GVariantBuilder builder;

    g_variant_builder_init(&builder, G_VARIANT_TYPE_STRING_ARRAY);
    for (guint i = 0; texts && texts[i]; i++)
        g_variant_builder_add_value(&builder, new_text(texts[i]));
    service_call_value(call, g_variant_builder_end(&builder));
}

void service_call_refuse(ServiceCall *call, ServiceError error, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    g_autofree char *text = g_strdup_vprintf(format, arguments);
    g_autofree char *valid = g_utf8_make_valid(text, -1);

    va_end(arguments);
    g_dbus_method_invocation_return_dbus_error(call->invocation, error_names[error], valid);
    g_free(call);
}
