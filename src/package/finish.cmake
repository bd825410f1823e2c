# SPDX-License-Identifier: BSD-3-Clause
# Copyright the dcvctl authors
# CPack runs it on the tree that it is about to pack.
set(root ${CPACK_TEMPORARY_DIRECTORY})
set(doc ${root}/usr/share/doc/dcvctl)
set(examples ${CPACK_DCV_SOURCE}/examples)

function(run)
	execute_process(COMMAND ${ARGN} COMMAND_ERROR_IS_FATAL ANY)
endfunction()

# Neither is active: no timer is enabled, and each line of the crontab is a comment.
file(GLOB units ${examples}/units/*.service ${examples}/units/*.timer ${examples}/units/*.service.d)
file(COPY ${units} DESTINATION ${root}/usr/lib/systemd/system PATTERN *.example EXCLUDE)
file(READ ${examples}/cron.d/dcvctl crontab)
string(REGEX REPLACE "\n([0-9*])" "\n#\\1" crontab "${crontab}")
file(WRITE ${root}/etc/cron.d/dcvctl "${crontab}")
file(MAKE_DIRECTORY ${root}/etc/dcvctl/orders)

file(READ ${CPACK_DCV_SOURCE}/LICENSE license)
file(WRITE ${doc}/copyright "${license}")
file(REMOVE ${doc}/LICENSE)
file(RENAME ${doc}/CHANGELOG.md ${doc}/changelog)
file(MAKE_DIRECTORY ${root}/usr/share/zsh/vendor-completions)
file(RENAME ${root}/usr/share/zsh/site-functions/_dcvctl ${root}/usr/share/zsh/vendor-completions/_dcvctl)
file(REMOVE_RECURSE ${root}/usr/share/zsh/site-functions)
file(GLOB pages ${root}/usr/share/man/man*/*)
run(gzip -9n ${pages} ${doc}/changelog)

include(${CMAKE_CURRENT_LIST_DIR}/sbom.cmake)
dcv_sbom(${root} ${doc}/sbom.cdx.json)

# The umask of whoever builds has no say.
run(chmod -R u=rwX,go=rX ${root}/usr ${root}/etc)
