# SPDX-License-Identifier: BSD-3-Clause
# Copyright the dcvctl authors
# The bill of materials, CycloneDX 1.5: each program and shared object of a tree, and of the
# libraries that it needs the package that they were linked from. What those need in turn is
# their packages' business. Nothing is linked statically but what the C compiler brings.
include(${CMAKE_CURRENT_LIST_DIR}/epoch.cmake)

function(output ret)
	execute_process(COMMAND ${ARGN} OUTPUT_VARIABLE text OUTPUT_STRIP_TRAILING_WHITESPACE
		COMMAND_ERROR_IS_FATAL ANY)
	set(${ret} "${text}" PARENT_SCOPE)
endfunction()

# The package of a library: its reference (a purl), and its component in *_json.
function(package_of soname libraries ret)
	if(NOT libraries MATCHES "\n[ \t]*${soname} [^\n]*=> ([^\n]+)")
		message(FATAL_ERROR "${soname}: is needed, and ldconfig does not know it")
	endif()
	# What the linker calls /lib may be /usr/lib for dpkg.
	file(REAL_PATH ${CMAKE_MATCH_1} path)
	string(REGEX REPLACE "^/usr" "" short ${path})
	execute_process(COMMAND dpkg-query -S ${path} ${short} OUTPUT_VARIABLE owner ERROR_QUIET)
	if(NOT owner MATCHES "^([^:,\n]+)(:[^,\n]+)?: ")
		message(FATAL_ERROR "${path}: no package has it")
	endif()
	set(name ${CMAKE_MATCH_1})
	output(fields dpkg-query -W "-f=\${Version}|\${Architecture}\n" ${name})
	string(REGEX MATCH "^([^|]+)\\|([^\n]+)" fields "${fields}")
	set(version ${CMAKE_MATCH_1})
	set(arch ${CMAKE_MATCH_2})
	string(REPLACE "+" "%2B" escaped ${version})
	string(REPLACE ":" "%3A" escaped ${escaped})
	set(purl "pkg:deb/debian/${name}@${escaped}?arch=${arch}")
	set(${ret} ${purl} PARENT_SCOPE)
	set(${ret}_json "{\"type\": \"library\", \"bom-ref\": \"${purl}\", \"name\": \"${name}\", \"version\": \"${version}\", \"purl\": \"${purl}\"}" PARENT_SCOPE)
endfunction()

function(quoted ret)
	set(items ${ARGN})
	list(TRANSFORM items PREPEND "\"")
	list(TRANSFORM items APPEND "\"")
	list(JOIN items ", " text)
	set(${ret} "${text}" PARENT_SCOPE)
endfunction()

# Writes the bill of the tree `root` into the file `to`.
function(dcv_sbom root to)
	output(libraries /sbin/ldconfig -p)
	set(program pkg:generic/${CPACK_PACKAGE_NAME}@${CPACK_PACKAGE_VERSION})
	set(components "")
	set(dependencies "")
	file(GLOB_RECURSE objects ${root}/usr/bin/dcvctl ${root}/usr/lib/*.so)
	list(SORT objects)
	foreach(object ${objects})
		output(dynamic objdump -p ${object})
		string(REGEX MATCHALL "NEEDED +[^\n]+" needed "${dynamic}")
		set(refs "")
		foreach(line ${needed})
			string(REGEX REPLACE "NEEDED +" "" soname "${line}")
			string(REGEX MATCH "^[^ \t]+" soname "${soname}")
			string(REPLACE "+" "\\+" soname "${soname}")
			package_of("${soname}" "${libraries}" library)
			list(APPEND refs "${library}")
			list(APPEND components "${library_json}")
		endforeach()
		cmake_path(RELATIVE_PATH object BASE_DIRECTORY ${root} OUTPUT_VARIABLE path)
		if(path STREQUAL "usr/bin/dcvctl")
			set(of_program ${refs})
			continue()
		endif()
		file(SHA256 ${object} digest)
		list(REMOVE_DUPLICATES refs)
		list(SORT refs)
		quoted(on ${refs})
		list(APPEND opened "/${path}")
		list(APPEND components "{\"type\": \"library\", \"bom-ref\": \"/${path}\", \"name\": \"/${path}\", \"version\": \"${CPACK_PACKAGE_VERSION}\", \"hashes\": [{\"alg\": \"SHA-256\", \"content\": \"${digest}\"}]}")
		list(APPEND dependencies "{\"ref\": \"/${path}\", \"dependsOn\": [${on}]}")
	endforeach()
	list(APPEND of_program ${opened})
	list(REMOVE_DUPLICATES of_program)
	list(SORT of_program)
	quoted(on ${of_program})
	list(APPEND dependencies "{\"ref\": \"${program}\", \"dependsOn\": [${on}]}")
	list(REMOVE_DUPLICATES components)
	list(SORT components)
	list(JOIN components ",\n    " components)
	list(JOIN dependencies ",\n    " dependencies)
	dcv_epoch(epoch)
	set(ENV{SOURCE_DATE_EPOCH} ${epoch})
	string(TIMESTAMP time %Y-%m-%dT%H:%M:%SZ UTC)
	file(SHA256 ${root}/usr/bin/dcvctl digest)
	file(WRITE ${to} "{
  \"bomFormat\": \"CycloneDX\",
  \"specVersion\": \"1.5\",
  \"version\": 1,
  \"metadata\": {
    \"timestamp\": \"${time}\",
    \"component\": {\"type\": \"application\", \"bom-ref\": \"${program}\", \"name\": \"${CPACK_PACKAGE_NAME}\", \"version\": \"${CPACK_PACKAGE_VERSION}\", \"purl\": \"${program}\", \"hashes\": [{\"alg\": \"SHA-256\", \"content\": \"${digest}\"}], \"licenses\": [{\"license\": {\"id\": \"BSD-3-Clause\"}}]}
  },
  \"components\": [
    ${components}
  ],
  \"dependencies\": [
    ${dependencies}
  ]
}
")
endfunction()
