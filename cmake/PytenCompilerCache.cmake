# ccache makes the second build of the same file free; whoever set a launcher keeps it.
if(NOT DEFINED CMAKE_CXX_COMPILER_LAUNCHER)
  find_program(PYTEN_CCACHE ccache)
  mark_as_advanced(PYTEN_CCACHE)
  if(PYTEN_CCACHE)
    set(CMAKE_CXX_COMPILER_LAUNCHER "${PYTEN_CCACHE}")
    set(CMAKE_CUDA_COMPILER_LAUNCHER "${PYTEN_CCACHE}")
  endif()
endif()
