# Debian packages, one for each part of a farm: `deploy/packages.sh` builds them all.
#   farm-coordinator, farm-agent, farmctl   our programs, with systemd units and users
#   farm-registry                           the unit of a registry for a farm; the program is Debian's docker-registry
#   farm-buildkit                           buildkitd, buildctl and buildx, where FARM_TOOLS_BIN names their folder
set(FARM_TOOLS_BIN "" CACHE PATH "the folder of buildkitd, buildctl and buildx, for the package farm-buildkit")

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME farm)
set(CPACK_PACKAGE_CONTACT "the authors of farm <farm@lists.invalid>")
set(CPACK_PACKAGE_VERSION ${PROJECT_VERSION})
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION devel)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(CPACK_COMPONENTS_ALL "")

string(TIMESTAMP farm_changed "%a, %d %b %Y 00:00:00 +0000" UTC)

# farm_package(component NAME package SUMMARY one line DEPENDS what shlibdeps can't see [DESCRIPTION text] [UNIT u] [USER u] [GROUP g]
#   [HOME its state] [CONFIG_FILES what else goes when it is purged])
function(farm_package component)
  cmake_parse_arguments(ARG "" "NAME;SUMMARY;DESCRIPTION;UNIT;USER;GROUP;HOME;COPYRIGHT" "DEPENDS;RECOMMENDS;CONFIG_FILES" ${ARGN})
  string(TOUPPER ${component} upper)
  set(made ${CMAKE_BINARY_DIR}/debian/${component})
  list(JOIN ARG_DEPENDS ", " depends)
  list(JOIN ARG_RECOMMENDS ", " recommends)
  list(JOIN ARG_CONFIG_FILES " " FARM_CONFIG_FILES)

  set(CPACK_DEBIAN_${upper}_PACKAGE_NAME ${ARG_NAME} PARENT_SCOPE)
  set(CPACK_DEBIAN_${upper}_PACKAGE_DEPENDS "${depends}" PARENT_SCOPE)
  set(CPACK_DEBIAN_${upper}_PACKAGE_RECOMMENDS "${recommends}" PARENT_SCOPE)
  set(CPACK_COMPONENT_${upper}_DESCRIPTION "${ARG_SUMMARY}\n${ARG_DESCRIPTION}" PARENT_SCOPE)
  set(CPACK_COMPONENTS_ALL ${CPACK_COMPONENTS_ALL} ${component} PARENT_SCOPE)

  set(copyright ${CMAKE_SOURCE_DIR}/deploy/debian/copyright)
  if(ARG_COPYRIGHT)
    set(copyright ${ARG_COPYRIGHT})
  endif()
  install(FILES ${copyright} DESTINATION share/doc/${ARG_NAME} RENAME copyright COMPONENT ${component})
  string(CONCAT changelog "${ARG_NAME} (${PROJECT_VERSION}-1) unstable; urgency=medium\n\n"
    "  * See the source tree's history.\n\n -- ${CPACK_PACKAGE_CONTACT}  ${farm_changed}\n")
  file(WRITE ${made}/changelog.Debian "${changelog}")
  execute_process(COMMAND gzip -9 -n -f ${made}/changelog.Debian)
  install(FILES ${made}/changelog.Debian.gz DESTINATION share/doc/${ARG_NAME} COMPONENT ${component})
  if(NOT ARG_UNIT)
    return()
  endif()
  set(FARM_PACKAGE ${ARG_NAME})
  set(FARM_UNIT ${ARG_UNIT})
  set(FARM_USER "${ARG_USER}")
  set(FARM_GROUP "${ARG_GROUP}")
  set(FARM_HOME ${ARG_HOME})
  set(scripts "")
  foreach(script IN ITEMS postinst prerm postrm)
    configure_file(${CMAKE_SOURCE_DIR}/deploy/debian/${script}.in ${made}/${script} @ONLY
      FILE_PERMISSIONS OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)
    list(APPEND scripts ${made}/${script})
  endforeach()
  set(CPACK_DEBIAN_${upper}_PACKAGE_CONTROL_EXTRA "${scripts}" PARENT_SCOPE)
  set(manual ${CMAKE_SOURCE_DIR}/deploy/debian/${ARG_NAME}.8)
  if(EXISTS ${manual})
    execute_process(COMMAND gzip -9 -n -c ${manual} OUTPUT_FILE ${made}/${ARG_NAME}.8.gz)
    install(FILES ${made}/${ARG_NAME}.8.gz DESTINATION share/man/man8 COMPONENT ${component})
  endif()
  install(FILES ${CMAKE_SOURCE_DIR}/deploy/systemd/${ARG_UNIT} DESTINATION /lib/systemd/system COMPONENT ${component})
  install(DIRECTORY DESTINATION /etc/farm COMPONENT ${component})
endfunction()

farm_package(coordinator NAME farm-coordinator UNIT farm-coordinator.service USER farm-coordinator HOME /var/lib/farm/coordinator
  CONFIG_FILES /etc/farm/coordinator.yaml /etc/farm/coordinator.key
  SUMMARY "coordinator of a build farm for Rust services that ship as images"
  DESCRIPTION "It takes builds of compose projects, splits them into jobs and\nschedules these onto agents."
  DEPENDS adduser)
farm_package(agent NAME farm-agent UNIT farm-agent.service USER farm-agent GROUP farm-buildkit HOME /var/lib/farm/agent
  CONFIG_FILES /etc/farm/agent.yaml /etc/farm/agent.key
  SUMMARY "agent of a build farm: builds on this host's BuildKit"
  DESCRIPTION "It runs what a coordinator gives it, on the BuildKit of farm-buildkit\nor on Docker's."
  DEPENDS adduser RECOMMENDS farm-buildkit)
farm_package(farmctl NAME farmctl
  SUMMARY "builds compose projects on a build farm"
  DESCRIPTION "The user's program: plans, submits, watches and explains builds, makes\nkeys, starts a farm on one machine.")
farm_package(registry NAME farm-registry UNIT farm-registry.service HOME /var/lib/farm/registry CONFIG_FILES /etc/farm/registry.yml
  SUMMARY "registry of a build farm"
  DESCRIPTION "The unit under which docker-registry keeps a farm's slices, dependency\nlayers and images."
  DEPENDS docker-registry adduser)
set(CPACK_DEBIAN_REGISTRY_PACKAGE_ARCHITECTURE all)
foreach(component IN ITEMS COORDINATOR AGENT FARMCTL)
  set(CPACK_DEBIAN_${component}_PACKAGE_SHLIBDEPS ON)
endforeach()

# farmctl local up makes a farm's configuration from these.
install(DIRECTORY ${CMAKE_SOURCE_DIR}/deploy/templates DESTINATION share/farm/deploy COMPONENT farmctl)
install(DIRECTORY ${CMAKE_SOURCE_DIR}/dashboards DESTINATION share/farm COMPONENT farmctl
  PATTERN "*.py" EXCLUDE PATTERN __pycache__ EXCLUDE PATTERN tests EXCLUDE)

if(FARM_TOOLS_BIN)
  farm_package(buildkit NAME farm-buildkit UNIT farm-buildkit.service GROUP farm-buildkit HOME /var/lib/farm/buildkit
    CONFIG_FILES /etc/farm/buildkitd.toml COPYRIGHT ${CMAKE_SOURCE_DIR}/deploy/debian/copyright.buildkit
    SUMMARY "BuildKit and buildx of a build farm's agent"
    DESCRIPTION "The versions that farm is tested with, beside whatever Docker the host\nhas."
    DEPENDS adduser runc ca-certificates RECOMMENDS git)
  install(PROGRAMS ${FARM_TOOLS_BIN}/buildkitd ${FARM_TOOLS_BIN}/buildctl ${FARM_TOOLS_BIN}/buildx DESTINATION lib/farm COMPONENT buildkit)
endif()

include(CPack)
