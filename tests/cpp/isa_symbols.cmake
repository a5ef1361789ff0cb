# A weak function (an inline one, or of a template) in an object of a higher CPU level may be the copy
# that the linker keeps for everybody, and crash machines that lack the level. Fails when there is
# one outside of the level's own namespace.
# cmake -DNM=... -DLEVEL=... -DOBJECTS=a.o|b.o -P isa_symbols.cmake
string(REPLACE "|" ";" objects "${OBJECTS}")
set(shared "")
foreach(object IN LISTS objects)
  execute_process(
    COMMAND "${NM}" --demangle --defined-only "${object}"
    OUTPUT_VARIABLE symbols RESULT_VARIABLE result)
  if(NOT result EQUAL 0)
    message(FATAL_ERROR "${NM} failed on ${object}")
  endif()
  string(REGEX MATCHALL "[^\n]* [Ww] [^\n]*" weak "${symbols}")
  foreach(line IN LISTS weak)
    if(NOT line MATCHES "::${LEVEL}::")
      get_filename_component(name "${object}" NAME)
      string(APPEND shared "\n  ${name}: ${line}")
    endif()
  endforeach()
endforeach()
if(shared)
  message(FATAL_ERROR "weak functions compiled for ${LEVEL} outside of its namespace:${shared}")
endif()
