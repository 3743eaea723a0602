# The Debian package libfxp-dev, for every architecture: what the install rules install, and its documentation.
#   cmake -B build/package -DFXP_BUILD_TESTS=OFF -DFXP_BUILD_EXAMPLES=OFF -DFXP_BUILD_TOOLS=OFF
#   cmake --build build/package --target package        # or cpack in build/package
# FXP_PACKAGE_CONTACT: name and address of who answers for the package that is built.
set(FXP_PACKAGE_CONTACT "The FxpTensor authors" CACHE STRING "Maintainer of the Debian package")

# Debian's copyright file (DEP-5): the licence, each line indented, empty ones as a dot.
set(doc_dir "${CMAKE_INSTALL_DATAROOTDIR}/doc/libfxp-dev")
file(READ LICENSE licence)
string(REGEX MATCH "Copyright \\(c\\) ([^\n]*)" copyright_line "${licence}")
set(copyright_holder "${CMAKE_MATCH_1}")
string(REGEX REPLACE "^.*${CMAKE_MATCH_1}\n+" "" licence "${licence}")
string(STRIP "${licence}" licence)
string(REGEX REPLACE "\n\n" "\n.\n" licence "${licence}")
string(REPLACE "\n" "\n " licence "${licence}")
configure_file(tools/cmake/copyright.in "${PROJECT_BINARY_DIR}/copyright" @ONLY)
install(FILES "${PROJECT_BINARY_DIR}/copyright" README.md DESTINATION "${doc_dir}" COMPONENT package EXCLUDE_FROM_ALL)

set(CMAKE_SKIP_INSTALL_ALL_DEPENDENCY TRUE) # nothing that is installed is built
set(CMAKE_SKIP_PACKAGE_ALL_DEPENDENCY TRUE)
set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME libfxp-dev)
set(CPACK_PACKAGE_CONTACT "${FXP_PACKAGE_CONTACT}")
set(CPACK_PACKAGE_DESCRIPTION
    "A header-only C++20 library: tensors, autograd, layers, losses and
optimizers on integers. Every overflow is counted, every rounding is chosen
by name, and the same run gives the same bits for any compiler, instruction
set and number of threads.")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_INSTALL_CMAKE_PROJECTS "${PROJECT_BINARY_DIR};fxp;Unspecified;/" "${PROJECT_BINARY_DIR};fxp;package;/")
# Folders above what is installed get their rights from whoever packs; everyone is to enter them.
file(WRITE "${PROJECT_BINARY_DIR}/fxpPackageFolders.cmake"
     "file(CHMOD_RECURSE \"\${CPACK_TEMPORARY_DIRECTORY}\" DIRECTORY_PERMISSIONS OWNER_READ OWNER_WRITE OWNER_EXECUTE "
     "GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)\n")
set(CPACK_PRE_BUILD_SCRIPTS "${PROJECT_BINARY_DIR}/fxpPackageFolders.cmake")
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_ARCHITECTURE all)
set(CPACK_DEBIAN_PACKAGE_SECTION libdevel)
# fxp::float and fxp::io come with these; g++ brings its OpenMP, clang++ does not.
set(CPACK_DEBIAN_PACKAGE_RECOMMENDS "libeigen3-dev (>= 3.4), libssl-dev, nlohmann-json3-dev (>= 3.11)")
set(CPACK_DEBIAN_PACKAGE_SUGGESTS "libomp-dev")
include(CPack)
