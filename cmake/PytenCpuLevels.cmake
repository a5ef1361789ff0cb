# The instruction-set levels of this processor family. Each compiles csrc/kernels/cpu/ once more,
# with PYTEN_ISA naming the namespace; the running machine gets its table when the library loads.
#
# Sets PYTEN_CPU_LEVELS, and for each level PYTEN_CPU_FLAGS_<level>.
string(TOLOWER "${CMAKE_SYSTEM_PROCESSOR}" processor)

set(PYTEN_CPU_LEVELS baseline)
set(PYTEN_CPU_FLAGS_baseline "")

if(processor MATCHES "^(x86_64|amd64|x64)$")
  list(APPEND PYTEN_CPU_LEVELS avx2 avx512)
  set(PYTEN_CPU_FLAGS_avx2 -mavx2 -mfma -mf16c -mbmi -mbmi2)
  set(PYTEN_CPU_FLAGS_avx512 ${PYTEN_CPU_FLAGS_avx2}
      -mavx512f -mavx512bw -mavx512dq -mavx512vl -mavx512cd -mprefer-vector-width=512)
elseif(processor MATCHES "^(aarch64|arm64)$")
  list(APPEND PYTEN_CPU_LEVELS neon)
  set(PYTEN_CPU_FLAGS_neon "")
endif()
