# The live page: page.html, with page.css and page.js in it, as a C++ string.
# Sets weft_page_source to the file.
set(page_folder "${PROJECT_SOURCE_DIR}/src/debug/page")
file(READ "${page_folder}/page.css" page_css)
file(READ "${page_folder}/page.js" page_js)
# Replaced when the page is asked for.
set(page_first "@page_first@")
file(READ "${page_folder}/page.html" page_html)
foreach(part IN ITEMS page_css page_js)
  string(REPLACE "@${part}@" "${${part}}" page_html "${page_html}")
endforeach()
set(weft_page_source "${PROJECT_BINARY_DIR}/page_html.cc")
configure_file("${page_folder}/page_html.cc.in" "${weft_page_source}" @ONLY)
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${page_folder}/page.html"
             "${page_folder}/page.css" "${page_folder}/page.js")
