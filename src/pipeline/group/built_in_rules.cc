#include "pipeline/group/built_in_rules.h"

namespace tripod::pipeline::group {
namespace {

constexpr std::string_view kLibraryFolders = R"(
path:**/site-packages/** -app
path:**/dist-packages/** -app
path:**/node_modules/** -app
path:**/vendor/** -app
path:/usr/lib/** -app
path:/usr/local/lib/** -app
path:node:** -app
path:"<frozen **" -app
)";

// Known by their modules and folders: what a framework or a runtime brings along. A rule that says its family is not tried on others.
constexpr std::string_view kBuiltIn = R"(
path:**/site-packages/** -app
path:**/dist-packages/** -app
path:**/vendor/** -app
path:/usr/lib/** -app
path:/usr/local/lib/** -app
path:/usr/local/cellar/** -app
path:**/.local/share/** -app
path:"<frozen **" -app

# JavaScript: packages, what content delivery networks serve, runtimes
path:**/node_modules/** -app
path:node:** -app
family:javascript path:**https://unpkg.com/** -app
family:javascript path:**https://cdn.jsdelivr.net/** -app
family:javascript path:**https://cdnjs.cloudflare.com/** -app
family:javascript path:**https://esm.run/** -app
family:javascript path:webpack/** -app
# what compilers and polyfills put in between is in the way of grouping too
family:javascript module:@babel/* -app -group
family:javascript module:core-js/* -app -group
family:javascript module:regenerator-runtime/* -app -group
family:javascript module:tslib/* -app -group
family:javascript function:processTicksAndRejections -app -group
family:javascript function:process.processTicksAndRejections -app -group
family:javascript function:runMicrotasks -app -group
family:javascript function:queueMicrotask -app -group
family:javascript function:runNextTicks -app -group
family:javascript function:nextTick -app -group

# Python: what starts a process of multiprocessing
family:other module:__mp_main__ function:<module> -group
family:other function:<module> | [ function:spawn_main ] -group

# Java, Kotlin, Scala and their frameworks
family:other module:java.* -app
family:other module:javax.* -app
family:other module:jakarta.* -app
family:other module:jdk.* -app
family:other module:sun.* -app
family:other module:com.sun.* -app
family:other module:kotlin.* -app
family:other module:kotlinx.* -app
family:other module:scala.* -app
family:other module:akka.* -app
family:other module:android.* -app
family:other module:androidx.* -app
family:other module:dalvik.* -app
family:other module:com.android.* -app
family:other module:com.google.android.* -app
family:other module:org.springframework.* -app
family:other module:org.hibernate.* -app
family:other module:org.apache.* -app
family:other module:org.eclipse.jetty.* -app
family:other module:org.glassfish.* -app
family:other module:org.jboss.* -app
family:other module:org.postgresql.* -app
family:other module:com.fasterxml.* -app
family:other module:com.zaxxer.hikari.* -app
family:other module:com.microsoft.* -app
family:other module:io.netty.* -app
family:other module:io.ktor.* -app
family:other module:io.opentelemetry.* -app
family:other module:reactor.core.* -app
family:other module:feign.* -app
family:other module:io.sentry.* -app -group
# numbered anew in every run: accessors and lambdas that the virtual machine makes
family:other module:jdk.internal.reflect.* -group
family:other module:sun.reflect.* -group
family:other module:java.lang.reflect.* -group

# Go: downloaded modules, the standard library
family:other path:**/go/pkg/mod/** -app
family:other path:**/go/src/runtime/** -app
family:other path:**/go/src/net/** -app

# .NET, Ruby, PHP
family:other module:System.* -app
family:other module:Microsoft.* -app
family:other path:**/gems/** -app
family:other path:"<internal:**" -app

# native: libraries of the system; whatever raises is not what failed
family:native package:/lib/** -app
family:native package:/lib64/** -app
family:native package:/usr/lib/** -app
family:native package:/usr/lib64/** -app
family:native package:/system/** -app
family:native package:/apex/** -app
family:native package:c:/windows/** -app
family:native function:std::* -app
family:native function:core::* -app
family:native function:alloc::* -app
family:native function:__rust_* -app
family:native function:rust_begin_unwind ^-app -app ^-group -group
family:native function:std::panicking::begin_panic* ^-app -app ^-group -group
family:native function:core::panicking::panic_fmt ^-app -app ^-group -group
family:native function:__cxa_throw ^-app -app ^-group -group
family:native function:_CxxThrowException ^-app -app ^-group -group
family:native function:__assert_rtn ^-app -app ^-group -group
family:native function:abort ^-app -app ^-group -group
family:native function:raise ^-app -app ^-group -group
family:native function:objc_exception_throw ^-app -app ^-group -group
family:native function:_start v-group -group
family:native function:start_thread v-group -group
family:native function:__libc_start_main* v-group -group
family:native function:BaseThreadInitThunk v-group -group
family:native function:_pthread_start v-group -group
)";

}  // namespace

std::string_view built_in_rules() { return kBuiltIn; }
std::string_view library_folder_rules() { return kLibraryFolders; }

}  // namespace tripod::pipeline::group
