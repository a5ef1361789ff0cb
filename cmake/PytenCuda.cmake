# The GPU's kernels and runtime: a shared library inside the package, opened at the first use of a
# GPU. CUDA's runtime is linked into it, so it needs nothing but a driver, and loads without one.
#
# PYTEN_CUDA=AUTO builds it when a CUDA compiler is found, and says nothing otherwise.
set(pyten_build_cuda OFF)
if(PYTEN_CUDA STREQUAL "AUTO")
  if(CMAKE_SYSTEM_NAME STREQUAL "Linux")
    include(CheckLanguage)
    check_language(CUDA)
    if(CMAKE_CUDA_COMPILER)
      set(pyten_build_cuda ON)
    endif()
  endif()
elseif(PYTEN_CUDA)
  if(NOT CMAKE_SYSTEM_NAME STREQUAL "Linux")
    message(FATAL_ERROR "PYTEN_CUDA=ON: GPUs are supported on Linux alone; use AUTO or OFF")
  endif()
  include(CheckLanguage)
  check_language(CUDA)
  if(NOT CMAKE_CUDA_COMPILER)
    message(FATAL_ERROR
      "PYTEN_CUDA=ON needs nvcc, which was not found: put it on PATH, set CUDACXX=/path/to/nvcc, or "
      "configure with -DPYTEN_CUDA=OFF.")
  endif()
  set(pyten_build_cuda ON)
endif()
if(NOT pyten_build_cuda)
  return()
endif()

# CMake's own notion of architectures would compile each from the source; see below.
set(CMAKE_CUDA_ARCHITECTURES OFF)
enable_language(CUDA)
if(NOT CMAKE_CUDA20_STANDARD_COMPILE_OPTION)  # CMake 3.25 does not know that nvcc has it
  set(CMAKE_CUDA20_STANDARD_COMPILE_OPTION "-std=c++20")
  set(CMAKE_CUDA20_EXTENSION_COMPILE_OPTION "-std=c++20")
endif()
if(CMAKE_CUDA_COMPILER_VERSION VERSION_LESS 12.0)
  if(PYTEN_CUDA STREQUAL "AUTO")
    message(STATUS "CUDA ${CMAKE_CUDA_COMPILER_VERSION} is too old for the GPU's kernels: left out")
    return()
  endif()
  message(FATAL_ERROR "PYTEN_CUDA=ON needs CUDA 12.0 or later, got ${CMAKE_CUDA_COMPILER_VERSION}")
endif()

if(CMAKE_CUDA_COMPILER_VERSION VERSION_LESS 12.8)
  set(pyten_cuda_archs 75 80 86 89 90)
else()
  set(pyten_cuda_archs 75 80 86 89 90 100 120)
endif()
# AUTO is for this machine: the chips it has, if it has any.
if(PYTEN_CUDA STREQUAL "AUTO")
  execute_process(COMMAND nvidia-smi --query-gpu=compute_cap --format=csv,noheader
    OUTPUT_VARIABLE pyten_found OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
  string(REGEX MATCHALL "[0-9]+\\.[0-9]" pyten_found "${pyten_found}")
  if(pyten_found)
    list(TRANSFORM pyten_found REPLACE "\\." "")
    list(REMOVE_DUPLICATES pyten_found)
    list(SORT pyten_found COMPARE NATURAL)
    set(pyten_cuda_archs ${pyten_found})
  endif()
endif()
set(PYTEN_CUDA_ARCHS "${pyten_cuda_archs}" CACHE STRING
  "Compute capabilities that get machine code; later ones compile the last PTX at first use")

# Sources are compiled to PTX once for chips before Hopper and once for it and later ones: no kernel
# asks for more, and it halves the time. The second PTX goes along, for later chips.
set(pyten_gencode "")
foreach(group "0;89" "90;9999")
  list(GET group 0 least)
  list(GET group 1 most)
  set(virtual "")
  set(codes "")
  foreach(arch IN LISTS PYTEN_CUDA_ARCHS)
    if(arch GREATER_EQUAL least AND arch LESS_EQUAL most)
      if(NOT virtual)
        set(virtual ${arch})
      endif()
      list(APPEND codes sm_${arch})
    endif()
  endforeach()
  if(virtual)
    set(pyten_last ${virtual})
    list(JOIN codes "," codes)
    list(APPEND pyten_gencode "--generate-code=arch=compute_${virtual},code=[${codes}]")
  endif()
endforeach()
list(APPEND pyten_gencode "--generate-code=arch=compute_${pyten_last},code=[compute_${pyten_last}]")

file(GLOB cuda_sources CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/csrc/kernels/cuda/*.cu")
add_library(pyten_cuda MODULE ${cuda_sources})
set_target_properties(pyten_cuda PROPERTIES
  CUDA_STANDARD 20 CUDA_STANDARD_REQUIRED ON CUDA_EXTENSIONS OFF
  CUDA_RUNTIME_LIBRARY Static
  CUDA_VISIBILITY_PRESET hidden VISIBILITY_INLINES_HIDDEN ON)
target_include_directories(pyten_cuda PRIVATE "${PROJECT_SOURCE_DIR}/csrc")
target_compile_definitions(pyten_cuda PRIVATE
  PYTEN_ISA=cuda PYTEN_VERSION="${PROJECT_VERSION}")
target_compile_options(pyten_cuda PRIVATE ${pyten_gencode} --expt-relaxed-constexpr
  $<$<BOOL:${PYTEN_WERROR}>:--Werror=all-warnings>)
if(CMAKE_CUDA_COMPILER_VERSION VERSION_GREATER_EQUAL 12.8)
  target_compile_options(pyten_cuda PRIVATE --compress-mode=size)
endif()
# Formulas round as on the CPU; products of matrices may fuse.
set(pyten_exact ${cuda_sources})
list(FILTER pyten_exact EXCLUDE REGEX "/(conv|matmul)[^/]*\\.cu$")
set_source_files_properties(${pyten_exact} PROPERTIES COMPILE_OPTIONS --fmad=false)
target_link_libraries(pyten_cuda PRIVATE Threads::Threads ${CMAKE_DL_LIBS})
target_link_options(pyten_cuda PRIVATE
  -Wl,--exclude-libs,ALL -Wl,--gc-sections -Wl,--no-undefined)
install(TARGETS pyten_cuda LIBRARY DESTINATION pyten COMPONENT python)
if(PYTEN_PYTHON)
  # Beside the Python sources, as _core.
  add_custom_command(TARGET pyten_cuda POST_BUILD
    COMMAND "${CMAKE_COMMAND}" -E copy_if_different
            $<TARGET_FILE:pyten_cuda> "${PROJECT_SOURCE_DIR}/pyten/" || "${CMAKE_COMMAND}" -E true
    COMMENT "Copying libpyten_cuda.so into the source tree")
endif()
