/*
 * Preloaded into User Mode Linux 6.1 on processors whose XSAVE area is larger than UML's fixed FP_SIZE buffer
 * (with AMX: 11,008 bytes instead of 2,696). The host's kernel demands the full size on
 * PTRACE_SETREGSET(NT_X86_XSTATE); UML passes what it has, and panics when it is refused.
 */
#define _GNU_SOURCE
#include <stdarg.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#define NT_X86_XSTATE 0x202

long ptrace(enum __ptrace_request request, ...) {
  va_list arguments;
  va_start(arguments, request);
  long pid = va_arg(arguments, long);
  void *address = va_arg(arguments, void *);
  void *data = va_arg(arguments, void *);
  va_end(arguments);
  if (request == PTRACE_SETREGSET && (long)address == NT_X86_XSTATE) {
    struct iovec *given = data;
    static char full[65536] __attribute__((aligned(64)));
    struct iovec all = {full, sizeof full};
    if (syscall(SYS_ptrace, PTRACE_GETREGSET, pid, address, &all) == 0 && all.iov_len > given->iov_len) {
      memcpy(full, given->iov_base, given->iov_len);
      return syscall(SYS_ptrace, PTRACE_SETREGSET, pid, address, &all);
    }
  }
  /* glibc's wrapper answers the word itself for these; the system call stores it. */
  if (request == PTRACE_PEEKTEXT || request == PTRACE_PEEKDATA || request == PTRACE_PEEKUSER) {
    long word;
    long result = syscall(SYS_ptrace, request, pid, address, &word);
    return result < 0 ? result : word;
  }
  return syscall(SYS_ptrace, request, pid, address, data);
}
