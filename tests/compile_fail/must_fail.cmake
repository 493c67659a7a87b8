# SPDX-License-Identifier: Apache-2.0
# Runs COMMAND on FILE, which must fail with a message that matches MESSAGE.
execute_process(
  COMMAND ${COMMAND} "${FILE}"
  RESULT_VARIABLE status
  OUTPUT_VARIABLE said
  ERROR_VARIABLE said)
if(status EQUAL 0)
  message(FATAL_ERROR "${FILE} compiled, and must not")
endif()
if(NOT said MATCHES "${MESSAGE}")
  message(FATAL_ERROR "the message does not match \"${MESSAGE}\":\n${said}")
endif()
