# SPDX-License-Identifier: BSD-3-Clause
# Copyright the dcvctl authors
# CPack packs files in the order in which a directory has them, and with the times of this build.
# dpkg-deb sorts, and sets no time behind SOURCE_DATE_EPOCH: that of the last commit.
include(${CMAKE_CURRENT_LIST_DIR}/epoch.cmake)
dcv_epoch(epoch)
foreach(package ${CPACK_PACKAGE_FILES})
	set(tree ${package}.tree)
	file(REMOVE_RECURSE ${tree})
	foreach(command "dpkg-deb;--raw-extract;${package};${tree}"
			"find;${tree};-exec;touch;-h;-d;@${epoch};{};+"
			"env;SOURCE_DATE_EPOCH=${epoch};dpkg-deb;--root-owner-group;-Zxz;--threads-max=1;--build;${tree};${package}")
		execute_process(COMMAND ${command} OUTPUT_QUIET COMMAND_ERROR_IS_FATAL ANY)
	endforeach()
	file(REMOVE_RECURSE ${tree})
endforeach()
