# LECTERN_COMPILER_FLAGS
# The language, the warnings, the hardening, and the switches --enable-werror,
# --enable-sanitize and --enable-coverage.  Sets WARN_CFLAGS, HARDEN_CFLAGS,
# HARDEN_LDFLAGS and CHECK_CFLAGS, which Makefile.am uses.
AC_DEFUN([LECTERN_TRY_FLAG], [
  AS_VAR_PUSHDEF([cache], [lectern_cv_flag_$2])
  AC_CACHE_CHECK([whether $CC takes $2], [cache], [
    saved_CFLAGS=$CFLAGS
    CFLAGS="$CFLAGS -Werror $2"
    AC_COMPILE_IFELSE([AC_LANG_PROGRAM()], [AS_VAR_SET([cache], [yes])], [AS_VAR_SET([cache], [no])])
    CFLAGS=$saved_CFLAGS])
  AS_VAR_IF([cache], [yes], [$1="$[]$1 $2"])
  AS_VAR_POPDEF([cache])
])

AC_DEFUN([LECTERN_COMPILER_FLAGS], [
  AC_ARG_ENABLE([werror], [AS_HELP_STRING([--enable-werror], [make warnings errors])],
    [], [enable_werror=no])
  AC_ARG_ENABLE([sanitize], [AS_HELP_STRING([--enable-sanitize],
    [build with AddressSanitizer and UndefinedBehaviorSanitizer])], [], [enable_sanitize=no])
  AC_ARG_ENABLE([coverage], [AS_HELP_STRING([--enable-coverage], [measure test coverage])],
    [], [enable_coverage=no])

  CFLAGS="$CFLAGS -std=gnu17"
  WARN_CFLAGS=
  m4_foreach_w([flag], [-Wall -Wextra -Wpedantic -Wformat=2 -Wshadow -Wundef -Wvla
    -Wwrite-strings -Wstrict-prototypes -Wmissing-prototypes -Wold-style-definition
    -Wpointer-arith -Wcast-qual -Wcast-align -Wnull-dereference -Wconversion -Wsign-conversion
    -Wimplicit-fallthrough -Wmissing-declarations -Wredundant-decls -Wnested-externs
    -Wdouble-promotion -Wlogical-op -Wduplicated-cond -Wduplicated-branches -Walloca],
    [LECTERN_TRY_FLAG([WARN_CFLAGS], flag)])
  AS_IF([test "$enable_werror" = yes], [WARN_CFLAGS="$WARN_CFLAGS -Werror"])

  HARDEN_CFLAGS=
  HARDEN_LDFLAGS="-pie -Wl,-z,relro -Wl,-z,now"
  m4_foreach_w([flag], [-fPIE -fstack-protector-strong -fstack-clash-protection
    -fcf-protection -fno-strict-overflow], [LECTERN_TRY_FLAG([HARDEN_CFLAGS], flag)])
  AS_IF([test "$enable_sanitize" = no],
    [HARDEN_CFLAGS="$HARDEN_CFLAGS -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2"])

  CHECK_CFLAGS=
  AS_IF([test "$enable_sanitize" = yes],
    [CHECK_CFLAGS="-fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer"])
  AS_IF([test "$enable_coverage" = yes], [CHECK_CFLAGS="$CHECK_CFLAGS --coverage"])
  AM_CONDITIONAL([SANITIZE], [test "$enable_sanitize" = yes])
  AC_SUBST([WARN_CFLAGS])
  AC_SUBST([HARDEN_CFLAGS])
  AC_SUBST([HARDEN_LDFLAGS])
  AC_SUBST([CHECK_CFLAGS])
])
