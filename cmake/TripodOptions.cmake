# Language, warnings, sanitizers, compiler cache and linker: the same for every target of ours.
set(CMAKE_CXX_STANDARD 23)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)

# Paths below the repository are made relative for the cache, so that one checkout serves another.
find_program(CCACHE ccache)
if(CCACHE)
  set(launcher ${CMAKE_COMMAND} -E env CCACHE_BASEDIR=${CMAKE_SOURCE_DIR} CCACHE_NOHASHDIR=1
    CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime ${CCACHE})
  set(CMAKE_C_COMPILER_LAUNCHER ${launcher})
  set(CMAKE_CXX_COMPILER_LAUNCHER ${launcher})
endif()

add_library(tripod_options INTERFACE)
target_include_directories(tripod_options INTERFACE ${CMAKE_SOURCE_DIR}/src)
target_compile_options(tripod_options INTERFACE
  -Wall -Wextra -Wshadow -Wconversion -Werror
  -Wno-missing-field-initializers  # designated initialisers leave members to their defaults on purpose
  # clang has this in -Wconversion, g++ has not: one rule for both
  $<$<CXX_COMPILER_ID:Clang>:-Wno-sign-conversion>
  # precompiled headers without the time of their making: the compiler cache can keep what is built with them
  "$<$<CXX_COMPILER_ID:Clang>:SHELL:-Xclang -fno-pch-timestamp>"
  # libstdc++ 12's own std::stable_sort uses what C++17 deprecated, and clang reports it at our call
  $<$<CXX_COMPILER_ID:Clang>:-Wno-deprecated-declarations>
  -fno-omit-frame-pointer)

find_program(MOLD mold)
if(MOLD AND NOT CMAKE_INTERPROCEDURAL_OPTIMIZATION)
  add_link_options(-fuse-ld=mold)
endif()
if(CMAKE_INTERPROCEDURAL_OPTIMIZATION AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # two layouts of one type in one program: seen only where all of it is compiled together
  add_link_options(-Werror=odr -Werror=lto-type-mismatch)
endif()

if(TRIPOD_SANITIZE)
  add_compile_options(-fsanitize=${TRIPOD_SANITIZE} -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${TRIPOD_SANITIZE})
  if(TRIPOD_SANITIZE MATCHES thread)
    # Asio's use of atomic_thread_fence is not modelled by TSan; g++ warns about it.
    if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
      target_compile_options(tripod_options INTERFACE -Wno-error=tsan)
    endif()
  endif()
endif()

if(TRIPOD_FUZZ)
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()
