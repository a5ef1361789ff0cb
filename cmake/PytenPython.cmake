# The extension module pyten._core. pip brings pybind11 for its build; a plain CMake build asks the
# interpreter for it.
find_package(Python 3.10 REQUIRED COMPONENTS Interpreter Development.Module)
if(NOT pybind11_DIR)
  execute_process(
    COMMAND "${Python_EXECUTABLE}" -m pybind11 --cmakedir
    OUTPUT_VARIABLE pybind11_hint OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
endif()
find_package(pybind11 3.0 CONFIG HINTS "${pybind11_hint}")
if(NOT pybind11_FOUND)
  message(FATAL_ERROR
    "PYTEN_PYTHON=ON needs pybind11 3.0 or newer: ${Python_EXECUTABLE} -m pip install pybind11")
endif()

file(GLOB binding_sources CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/csrc/bindings/*.cpp")
if(binding_sources)
  # NO_EXTRAS: no link-time optimisation; the hot paths are C functions that do not need it.
  pybind11_add_module(_core MODULE NO_EXTRAS ${binding_sources})
  pyten_set_flags(_core)
  set_target_properties(_core PROPERTIES CXX_VISIBILITY_PRESET hidden VISIBILITY_INLINES_HIDDEN ON)
  target_link_libraries(_core PRIVATE pyten)
  if(CMAKE_SYSTEM_NAME STREQUAL "Linux")
    target_link_options(_core PRIVATE -Wl,--exclude-libs,ALL -Wl,--gc-sections)
  endif()
  # A copy beside the Python sources, so that the checkout itself can be imported: Python looks in
  # the current folder first, and `python -m pyten` there would find no module otherwise.
  add_custom_command(TARGET _core POST_BUILD
    COMMAND "${CMAKE_COMMAND}" -E copy_if_different
            $<TARGET_FILE:_core> "${PROJECT_SOURCE_DIR}/pyten/" || "${CMAKE_COMMAND}" -E true
    COMMENT "Copying pyten._core into the source tree")
  install(TARGETS _core LIBRARY DESTINATION pyten COMPONENT python)
else()
  message(STATUS "csrc/bindings has no sources: building no Python module")
endif()
