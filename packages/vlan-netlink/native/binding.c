/*
 * The few system calls that Node lacks for rtnetlink and network namespaces.
 * Every function answers a value >= 0, or a negative errno: the TypeScript above turns that into errors.
 */
#include "arguments.h"
#include "system-call.h"
#include "watcher.h"

/* The compiler may call these even in freestanding code. */
__attribute__((visibility("hidden"))) void *memset(void *target, int byte, size_t count) {
  volatile unsigned char *to = target;
  for (size_t i = 0; i < count; i++) to[i] = (unsigned char)byte;
  return target;
}
__attribute__((visibility("hidden"))) void *memcpy(void *target, const void *source, size_t count) {
  volatile unsigned char *to = target;
  const unsigned char *from = source;
  for (size_t i = 0; i < count; i++) to[i] = from[i];
  return target;
}

/* Reads `count` numbers and calls `number` with them. */
static napi_value call_with_numbers(napi_env env, napi_callback_info info, long number, size_t count) {
  napi_value arguments[3];
  long values[3] = {0, 0, 0};
  if (!take_arguments(env, info, count, arguments)) return NULL;
  for (size_t i = 0; i < count; i++) {
    if (!take_number(env, arguments[i], &values[i])) return NULL;
  }
  return answer(env, system_call(number, values[0], values[1], values[2], 0, 0, 0));
}

static napi_value open_socket(napi_env env, napi_callback_info info) { return call_with_numbers(env, info, NR_socket, 3); }
static napi_value start_listening(napi_env env, napi_callback_info info) { return call_with_numbers(env, info, NR_listen, 2); }
static napi_value close_descriptor(napi_env env, napi_callback_info info) { return call_with_numbers(env, info, NR_close, 1); }
static napi_value set_namespace(napi_env env, napi_callback_info info) { return call_with_numbers(env, info, NR_setns, 2); }
static napi_value leave_namespace(napi_env env, napi_callback_info info) { return call_with_numbers(env, info, NR_unshare, 1); }

/* Reads a descriptor and a sockaddr, and calls `number` with them. */
static napi_value call_with_address(napi_env env, napi_callback_info info, long number) {
  napi_value arguments[2];
  long fd;
  bytes_t address;
  if (!take_arguments(env, info, 2, arguments) || !take_number(env, arguments[0], &fd) ||
      !take_bytes(env, arguments[1], &address)) {
    return NULL;
  }
  return answer(env, system_call(number, fd, (long)address.data, (long)address.length, 0, 0, 0));
}

static napi_value bind_socket(napi_env env, napi_callback_info info) { return call_with_address(env, info, NR_bind); }
static napi_value connect_socket(napi_env env, napi_callback_info info) { return call_with_address(env, info, NR_connect); }

/* send(fd, datagram): to the peer that the socket has by default (the kernel, for netlink). */
static napi_value send_datagram(napi_env env, napi_callback_info info) {
  enum { MSG_DONTWAIT = 0x40, MSG_NOSIGNAL = 0x4000 };
  napi_value arguments[2];
  long fd;
  bytes_t data;
  if (!take_arguments(env, info, 2, arguments) || !take_number(env, arguments[0], &fd) ||
      !take_bytes(env, arguments[1], &data)) {
    return NULL;
  }
  return answer(env, system_call(NR_sendto, fd, (long)data.data, (long)data.length, MSG_DONTWAIT | MSG_NOSIGNAL, 0, 0));
}

/* receive(fd, buffer, sockaddr): the datagram's true length, which may exceed the buffer; never waits. */
static napi_value receive_datagram(napi_env env, napi_callback_info info) {
  enum { MSG_TRUNC = 0x20, MSG_DONTWAIT = 0x40 };
  napi_value arguments[3];
  long fd;
  bytes_t buffer, address;
  if (!take_arguments(env, info, 3, arguments) || !take_number(env, arguments[0], &fd) ||
      !take_bytes(env, arguments[1], &buffer) || !take_bytes(env, arguments[2], &address)) {
    return NULL;
  }
  int length = (int)address.length;
  return answer(env, system_call(NR_recvfrom, fd, (long)buffer.data, (long)buffer.length, MSG_DONTWAIT | MSG_TRUNC,
                                 (long)address.data, (long)&length));
}

/* setSocketOption(fd, level, name, value) */
static napi_value set_socket_option(napi_env env, napi_callback_info info) {
  napi_value arguments[4];
  long fd, level, name;
  bytes_t value;
  if (!take_arguments(env, info, 4, arguments) || !take_number(env, arguments[0], &fd) ||
      !take_number(env, arguments[1], &level) || !take_number(env, arguments[2], &name) ||
      !take_bytes(env, arguments[3], &value)) {
    return NULL;
  }
  return answer(env, system_call(NR_setsockopt, fd, level, name, (long)value.data, (long)value.length, 0));
}

/* socketName(fd, sockaddr): the length of the address. */
static napi_value socket_name(napi_env env, napi_callback_info info) {
  napi_value arguments[2];
  long fd;
  bytes_t address;
  if (!take_arguments(env, info, 2, arguments) || !take_number(env, arguments[0], &fd) ||
      !take_bytes(env, arguments[1], &address)) {
    return NULL;
  }
  int length = (int)address.length;
  long result = system_call(NR_getsockname, fd, (long)address.data, (long)&length, 0, 0, 0);
  return answer(env, result < 0 ? result : length);
}

/* mount(source | null, target, type | null, flags) */
static napi_value mount_path(napi_env env, napi_callback_info info) {
  napi_value arguments[4];
  char source_buffer[PATH_BYTES], target_buffer[PATH_BYTES], type_buffer[PATH_BYTES];
  const char *source, *target, *type;
  long flags, error;
  if (!take_arguments(env, info, 4, arguments) || !take_number(env, arguments[3], &flags)) return NULL;
  if (!take_path(env, arguments[0], source_buffer, &source, &error) ||
      !take_path(env, arguments[1], target_buffer, &target, &error) ||
      !take_path(env, arguments[2], type_buffer, &type, &error)) {
    return error == 0 ? NULL : answer(env, error);
  }
  return answer(env, system_call(NR_mount, (long)source, (long)target, (long)type, flags, 0, 0));
}

/* unmount(target, flags) */
static napi_value unmount_path(napi_env env, napi_callback_info info) {
  napi_value arguments[2];
  char buffer[PATH_BYTES];
  const char *target;
  long flags, error;
  if (!take_arguments(env, info, 2, arguments) || !take_number(env, arguments[1], &flags)) return NULL;
  if (!take_path(env, arguments[0], buffer, &target, &error)) return error == 0 ? NULL : answer(env, error);
  return answer(env, system_call(NR_umount2, (long)target, flags, 0, 0, 0, 0));
}

static void expose(napi_env env, napi_value exports, const char *name, napi_callback callback) {
  napi_value function;
  if (napi_create_function(env, name, NAPI_AUTO_LENGTH, callback, NULL, &function) == napi_ok) {
    napi_set_named_property(env, exports, name, function);
  }
}

NAPI_MODULE_INIT() {
  expose(env, exports, "socket", open_socket);
  expose(env, exports, "bind", bind_socket);
  expose(env, exports, "connect", connect_socket);
  expose(env, exports, "send", send_datagram);
  expose(env, exports, "receive", receive_datagram);
  expose(env, exports, "setSocketOption", set_socket_option);
  expose(env, exports, "socketName", socket_name);
  expose(env, exports, "listen", start_listening);
  expose(env, exports, "close", close_descriptor);
  expose(env, exports, "setns", set_namespace);
  expose(env, exports, "unshare", leave_namespace);
  expose(env, exports, "mount", mount_path);
  expose(env, exports, "unmount", unmount_path);
  expose(env, exports, "watch", watch);
  expose(env, exports, "unwatch", unwatch);
  return exports;
}
