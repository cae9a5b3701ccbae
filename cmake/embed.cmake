# embed_texts(out_variable HEADER h NAMESPACE n FILES a b): a source that defines each file as a
# string_view, named after the file and declared by the header.
function(embed_texts out)
  cmake_parse_arguments(E "" "HEADER;NAMESPACE" "FILES" ${ARGN})
  list(TRANSFORM E_FILES PREPEND ${CMAKE_CURRENT_SOURCE_DIR}/)
  string(MAKE_C_IDENTIFIER ${E_HEADER} name)
  set(source ${CMAKE_CURRENT_BINARY_DIR}/${name}_embedded.cpp)
  set(script ${CMAKE_SOURCE_DIR}/cmake/embed_script.cmake)
  add_custom_command(OUTPUT ${source}
    COMMAND ${CMAKE_COMMAND} "-DFILES=${E_FILES}" -DOUT=${source} -DHEADER=${E_HEADER}
            -DNAMESPACE=${E_NAMESPACE} -P ${script}
    DEPENDS ${E_FILES} ${script} VERBATIM)
  set(${out} ${source} PARENT_SCOPE)
endfunction()
