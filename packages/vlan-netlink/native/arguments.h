/* Reading the arguments of a JavaScript call. A wrong argument throws a TypeError; nothing reaches the kernel then. */
#ifndef ARGUMENTS_H
#define ARGUMENTS_H

#include <node_api.h>

enum { E_INVAL = 22, E_NAMETOOLONG = 36, PATH_BYTES = 4096 };

typedef struct {
  void *data;
  size_t length;
} bytes_t;

/* Reads exactly `count` arguments. */
static inline int take_arguments(napi_env env, napi_callback_info info, size_t count, napi_value *values) {
  size_t given = count;
  if (napi_get_cb_info(env, info, &given, values, NULL, NULL) == napi_ok && given >= count) return 1;
  napi_throw_type_error(env, "ERR_INVALID_ARG_VALUE", "too few arguments");
  return 0;
}

static inline int take_number(napi_env env, napi_value value, long *out) {
  int64_t number;
  if (napi_get_value_int64(env, value, &number) != napi_ok) {
    napi_throw_type_error(env, "ERR_INVALID_ARG_TYPE", "expected a number");
    return 0;
  }
  *out = (long)number;
  return 1;
}

static inline int take_bytes(napi_env env, napi_value value, bytes_t *out) {
  bool typed = false;
  napi_typedarray_type type;
  if (napi_is_typedarray(env, value, &typed) != napi_ok || !typed ||
      napi_get_typedarray_info(env, value, &type, &out->length, &out->data, NULL, NULL) != napi_ok ||
      type != napi_uint8_array) {
    napi_throw_type_error(env, "ERR_INVALID_ARG_TYPE", "expected a Uint8Array");
    return 0;
  }
  return 1;
}

/* A path, or NULL for null. Answers 1, or 0 with `*error` set to a negative errno, or to 0 when an exception is pending. */
static inline int take_path(napi_env env, napi_value value, char *buffer, const char **out, long *error) {
  napi_valuetype type;
  size_t length = 0;
  *error = 0;
  if (napi_typeof(env, value, &type) != napi_ok) return 0;
  if (type == napi_null) {
    *out = NULL;
    return 1;
  }
  if (napi_get_value_string_utf8(env, value, NULL, 0, &length) != napi_ok) {
    napi_throw_type_error(env, "ERR_INVALID_ARG_TYPE", "expected a string or null");
    return 0;
  }
  if (length >= PATH_BYTES) {
    *error = -E_NAMETOOLONG;
    return 0;
  }
  if (napi_get_value_string_utf8(env, value, buffer, PATH_BYTES, &length) != napi_ok) return 0;
  for (size_t i = 0; i < length; i++) {
    if (buffer[i] == 0) {
      *error = -E_INVAL;
      return 0;
    }
  }
  *out = buffer;
  return 1;
}

static inline napi_value answer(napi_env env, long result) {
  napi_value value = NULL;
  napi_create_int64(env, result, &value);
  return value;
}

#endif
