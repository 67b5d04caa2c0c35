# stress-supervisor.m4: for packages that come with workloads for stress-supervisor.
# SPDX-License-Identifier: MIT
#
# serial 1

# STRESS_SUPERVISOR_WORKLOAD([MINIMUM-VERSION], [ACTION-IF-FOUND], [ACTION-IF-NOT-FOUND])
# ---------------------------------------------------------------------------------------
# Looks for the library that workloads are made with, and for the program that runs them.
#
#     STRESS_SUPERVISOR_WORKLOAD([0.1], [have_stress=yes], [have_stress=no])
#     AM_CONDITIONAL([HAVE_STRESS], [test $have_stress = yes])
#
# Substitutes STRESS_SUPERVISOR_CFLAGS and STRESS_SUPERVISOR_LIBS, and STRESS_SUPERVISOR: the
# program (`:` if there is none; the library is enough to build). Without ACTION-IF-NOT-FOUND
# configure ends with an error.
AC_DEFUN([STRESS_SUPERVISOR_WORKLOAD], [
AC_REQUIRE([PKG_PROG_PKG_CONFIG])dnl
AC_ARG_VAR([STRESS_SUPERVISOR], [the program stress-supervisor])dnl
PKG_CHECK_MODULES([STRESS_SUPERVISOR], [stress-supervisor >= m4_default([$1], [0.1])], [
    AC_PATH_PROG([STRESS_SUPERVISOR], [stress-supervisor], [:])
    $2
], m4_default([$3], [AC_MSG_ERROR([stress-supervisor m4_default([$1], [0.1]) or newer is needed: $STRESS_SUPERVISOR_PKG_ERRORS])]))
])
