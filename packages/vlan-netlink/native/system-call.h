/* Linux system calls without a C library: one addon binary then serves glibc and musl alike. */
#ifndef SYSTEM_CALL_H
#define SYSTEM_CALL_H

#if defined(__x86_64__)

enum {
  NR_close = 3, NR_mmap = 9, NR_munmap = 11, NR_socket = 41, NR_connect = 42, NR_sendto = 44, NR_recvfrom = 45,
  NR_bind = 49, NR_listen = 50, NR_getsockname = 51, NR_setsockopt = 54, NR_mount = 165, NR_umount2 = 166,
  NR_unshare = 272, NR_setns = 308
};

static inline long system_call(long number, long a, long b, long c, long d, long e, long f) {
  long result;
  register long r10 __asm__("r10") = d;
  register long r8 __asm__("r8") = e;
  register long r9 __asm__("r9") = f;
  __asm__ volatile("syscall"
                   : "=a"(result)
                   : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
                   : "rcx", "r11", "memory");
  return result;
}

#elif defined(__aarch64__)

enum {
  NR_umount2 = 39, NR_mount = 40, NR_close = 57, NR_unshare = 97, NR_socket = 198, NR_bind = 200, NR_listen = 201,
  NR_connect = 203, NR_getsockname = 204, NR_sendto = 206, NR_recvfrom = 207, NR_setsockopt = 208, NR_munmap = 215, NR_mmap = 222,
  NR_setns = 268
};

static inline long system_call(long number, long a, long b, long c, long d, long e, long f) {
  register long x8 __asm__("x8") = number;
  register long x0 __asm__("x0") = a;
  register long x1 __asm__("x1") = b;
  register long x2 __asm__("x2") = c;
  register long x3 __asm__("x3") = d;
  register long x4 __asm__("x4") = e;
  register long x5 __asm__("x5") = f;
  __asm__ volatile("svc 0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5) : "memory", "cc");
  return x0;
}

#else
#error "only x86-64 and aarch64 are supported"
#endif

#endif
