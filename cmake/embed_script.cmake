# cmake -DOUT=x.cpp -DFILES=a;b -DHEADER=web/assets.hpp -DNAMESPACE=freshet::web -P embed.cmake:
# text files as string_views, named after the file and declared by the header.
set(text "#include \"${HEADER}\"\n\nnamespace ${NAMESPACE} {\n\n")
foreach(file IN LISTS FILES)
  get_filename_component(name ${file} NAME)
  string(MAKE_C_IDENTIFIER ${name} name)
  file(READ ${file} bytes HEX)
  if(file MATCHES "\\.js$")  # its comment lines are for who reads the source
    file(READ ${file} code)
    string(REGEX REPLACE "\n *//[^\n]*" "" code "${code}")
    string(HEX "${code}" bytes)
  endif()
  string(REGEX REPLACE "(..)" "'\\\\x\\1'," bytes "${bytes}")
  string(REGEX REPLACE "(.......................................................................[^,]*,)" "\\1\n" bytes "${bytes}")
  string(APPEND text "static constexpr char ${name}_bytes[] = {\n${bytes}'\\0'};\n")
  string(APPEND text "const std::string_view ${name}{${name}_bytes, sizeof ${name}_bytes - 1};\n\n")
endforeach()
string(APPEND text "}  // namespace ${NAMESPACE}\n")
file(WRITE ${OUT} "${text}")
