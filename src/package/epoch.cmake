# SPDX-License-Identifier: BSD-3-Clause
# Copyright the dcvctl authors
# The time that the package bears: $SOURCE_DATE_EPOCH, else that of the last commit.
function(dcv_epoch ret)
	set(epoch "$ENV{SOURCE_DATE_EPOCH}")
	if(epoch STREQUAL "")
		execute_process(COMMAND git -C ${CPACK_DCV_SOURCE} log -1 --format=%ct
			OUTPUT_VARIABLE epoch OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
	endif()
	if(NOT epoch MATCHES "^[0-9]+$")
		message(FATAL_ERROR "No commit to take the time from; run: SOURCE_DATE_EPOCH=… cpack")
	endif()
	set(${ret} ${epoch} PARENT_SCOPE)
endfunction()
