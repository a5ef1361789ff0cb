# Installs pyten, builds examples/cpp against the installed package and runs it.
# cmake -DBUILD=... -DSOURCE=... -DGENERATOR=... -DMAKE_PROGRAM=... -DCXX=... -DCXX_FLAGS=...
#       -DBUILD_TYPE=... -P installed_example.cmake
set(prefix "${BUILD}/installed_example/prefix")
set(example "${BUILD}/installed_example/build")
file(REMOVE_RECURSE "${BUILD}/installed_example")

function(run)
  execute_process(COMMAND ${ARGN} RESULT_VARIABLE result)
  if(NOT result EQUAL 0)
    string(JOIN " " command ${ARGN})
    message(FATAL_ERROR "failed with ${result}: ${command}")
  endif()
endfunction()

run("${CMAKE_COMMAND}" --install "${BUILD}" --prefix "${prefix}")
run("${CMAKE_COMMAND}" -S "${SOURCE}" -B "${example}" -G "${GENERATOR}"
    "-DCMAKE_MAKE_PROGRAM=${MAKE_PROGRAM}" "-DCMAKE_CXX_COMPILER=${CXX}"
    "-DCMAKE_CXX_FLAGS=${CXX_FLAGS}" "-DCMAKE_BUILD_TYPE=${BUILD_TYPE}"
    "-DCMAKE_PREFIX_PATH=${prefix}")
run("${CMAKE_COMMAND}" --build "${example}")
run("${example}/linear_classifier")
