# `cmake --install` gives headers, library and a package for find_package(pyten);
# the wheel has the Python module alone.
include(CMakePackageConfigHelpers)

set(package_dir "${CMAKE_INSTALL_LIBDIR}/cmake/pyten")

install(TARGETS pyten EXPORT pytenTargets
  ARCHIVE DESTINATION "${CMAKE_INSTALL_LIBDIR}" COMPONENT cpp
  LIBRARY DESTINATION "${CMAKE_INSTALL_LIBDIR}" COMPONENT cpp
  RUNTIME DESTINATION "${CMAKE_INSTALL_BINDIR}" COMPONENT cpp)
install(EXPORT pytenTargets NAMESPACE pyten:: DESTINATION "${package_dir}" COMPONENT cpp)

foreach(room core kernels ops autograd)
  file(GLOB headers CONFIGURE_DEPENDS 
    "${PROJECT_SOURCE_DIR}/csrc/${room}/*.h" "${PROJECT_SOURCE_DIR}/csrc/${room}/*.def")
  install(FILES ${headers} DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}/pyten/${room}" COMPONENT cpp)
endforeach()
install(FILES "${PROJECT_SOURCE_DIR}/csrc/pyten.h"
  DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}/pyten" COMPONENT cpp)

configure_package_config_file(
  "${PROJECT_SOURCE_DIR}/cmake/pytenConfig.cmake.in" "${PROJECT_BINARY_DIR}/pytenConfig.cmake"
  INSTALL_DESTINATION "${package_dir}")
write_basic_package_version_file(
  "${PROJECT_BINARY_DIR}/pytenConfigVersion.cmake" COMPATIBILITY SameMinorVersion)
install(FILES
  "${PROJECT_BINARY_DIR}/pytenConfig.cmake" "${PROJECT_BINARY_DIR}/pytenConfigVersion.cmake"
  DESTINATION "${package_dir}" COMPONENT cpp)
