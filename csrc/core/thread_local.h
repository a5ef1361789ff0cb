// Thread-local pointers on the hottest paths. The initial-exec model saves a call for each access;
// it takes from the small block that libraries opened at run time share, so it is for pointers
// only.
#pragma once

#include <cstddef>  // defines __GLIBC__ where that is the C library

#if defined(__GNUC__) && defined(__GLIBC__) && !defined(__CUDACC__)
#define PYTEN_THREAD_LOCAL constinit thread_local __attribute__((tls_model("initial-exec")))
#else
#define PYTEN_THREAD_LOCAL constinit thread_local
#endif
