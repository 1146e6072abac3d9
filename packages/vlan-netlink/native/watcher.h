/* Calls a JavaScript function whenever a descriptor is readable, through the event loop's own epoll: no thread is used. */
#ifndef WATCHER_H
#define WATCHER_H

#include "arguments.h"
#include "system-call.h"

/* What we use of libuv. Node exports these symbols, and their ABI is fixed for libuv 1.x. */
struct uv_loop_s;
typedef void (*uv_poll_cb_t)(void *handle, int status, int events);
typedef void (*uv_close_cb_t)(void *handle);
extern int uv_poll_init(struct uv_loop_s *loop, void *handle, int fd);
extern int uv_poll_start(void *handle, int events, uv_poll_cb_t callback);
extern int uv_poll_stop(void *handle);
extern void uv_close(void *handle, uv_close_cb_t callback);
extern size_t uv_handle_size(int type);
extern void *uv_handle_get_data(const void *handle);
extern void uv_handle_set_data(void *handle, void *data);
enum { UV_POLL_TYPE = 8, UV_READABLE_EVENT = 1 };

enum { PAGE = 4096, PROT_READ_WRITE = 3, MAP_PRIVATE_ANONYMOUS = 0x22 };

typedef struct {
  napi_env env;
  napi_ref callback;
  napi_async_cleanup_hook_handle hook;
  int closing;
  _Alignas(16) unsigned char handle[];
} watcher_t;

static void watcher_free(void *handle) {
  watcher_t *watcher = uv_handle_get_data(handle);
  napi_async_cleanup_hook_handle hook = watcher->hook;
  system_call(NR_munmap, (long)watcher, PAGE, 0, 0, 0, 0);
  if (hook != NULL) napi_remove_async_cleanup_hook(hook);
}

static void watcher_close(watcher_t *watcher) {
  if (watcher->closing) return;
  watcher->closing = 1;
  uv_poll_stop(watcher->handle);
  napi_delete_reference(watcher->env, watcher->callback);
  uv_close(watcher->handle, watcher_free);
}

/* A worker thread may end while a watcher is open; its loop must not be closed under a live handle. */
static void watcher_cleanup(napi_async_cleanup_hook_handle hook, void *data) {
  (void)hook;
  watcher_close(data);
}

static void watcher_ready(void *handle, int status, int events) {
  watcher_t *watcher = uv_handle_get_data(handle);
  napi_env env = watcher->env;
  napi_handle_scope scope;
  napi_value callback, receiver, result, exception, argument;
  (void)events;
  if (watcher->closing || napi_open_handle_scope(env, &scope) != napi_ok) return;
  if (napi_get_reference_value(env, watcher->callback, &callback) == napi_ok &&
      napi_get_global(env, &receiver) == napi_ok && napi_create_int32(env, status, &argument) == napi_ok &&
      napi_make_callback(env, NULL, receiver, callback, 1, &argument, &result) == napi_pending_exception &&
      napi_get_and_clear_last_exception(env, &exception) == napi_ok) {
    napi_fatal_exception(env, exception);
  }
  napi_close_handle_scope(env, scope);
}

/* watch(fd, callback): the watcher, or a negative errno. */
static napi_value watch(napi_env env, napi_callback_info info) {
  napi_value arguments[2];
  napi_valuetype type;
  napi_value external = NULL;
  struct uv_loop_s *loop = NULL;
  long fd;
  if (!take_arguments(env, info, 2, arguments) || !take_number(env, arguments[0], &fd)) return NULL;
  if (napi_typeof(env, arguments[1], &type) != napi_ok || type != napi_function) {
    napi_throw_type_error(env, "ERR_INVALID_ARG_TYPE", "expected a function");
    return NULL;
  }
  if (sizeof(watcher_t) + uv_handle_size(UV_POLL_TYPE) > PAGE || napi_get_uv_event_loop(env, &loop) != napi_ok) {
    return answer(env, -E_INVAL);
  }
  long page = system_call(NR_mmap, 0, PAGE, PROT_READ_WRITE, MAP_PRIVATE_ANONYMOUS, -1, 0);
  if (page < 0 && page > -PAGE) return answer(env, page);
  watcher_t *watcher = (watcher_t *)page;
  watcher->env = env;
  int error = uv_poll_init(loop, watcher->handle, (int)fd);
  if (error < 0) {
    system_call(NR_munmap, page, PAGE, 0, 0, 0, 0);
    return answer(env, error);
  }
  uv_handle_set_data(watcher->handle, watcher);
  napi_create_reference(env, arguments[1], 1, &watcher->callback);
  napi_add_async_cleanup_hook(env, watcher_cleanup, watcher, &watcher->hook);
  error = uv_poll_start(watcher->handle, UV_READABLE_EVENT, watcher_ready);
  if (error < 0) {
    watcher_close(watcher);
    return answer(env, error);
  }
  napi_create_external(env, watcher, NULL, NULL, &external);
  return external;
}

/* unwatch(watcher): once per watcher; the caller forgets it afterwards and may close the descriptor at once. */
static napi_value unwatch(napi_env env, napi_callback_info info) {
  napi_value arguments[1];
  void *watcher = NULL;
  if (!take_arguments(env, info, 1, arguments)) return NULL;
  if (napi_get_value_external(env, arguments[0], &watcher) != napi_ok || watcher == NULL) {
    napi_throw_type_error(env, "ERR_INVALID_ARG_TYPE", "expected a watcher");
    return NULL;
  }
  watcher_close(watcher);
  return answer(env, 0);
}

#endif
