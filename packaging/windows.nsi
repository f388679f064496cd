; The Windows installer, for one user and without an administrator: makensis -DVERSION=… -DPROGRAM=… -DINSTALLER=…
; packaging/package.py starts it.

Unicode true
SetCompressor /SOLID lzma
!include "MUI2.nsh"

!define NAME "Pentimento"
!define PROGID "Pentimento.Picture"
!define UNINSTALL "Software\Microsoft\Windows\CurrentVersion\Uninstall\${NAME}"

Name "${NAME}"
OutFile "${INSTALLER}"
InstallDir "$LOCALAPPDATA\Programs\${NAME}"
InstallDirRegKey HKCU "Software\${NAME}" "Folder"
RequestExecutionLevel user

!define MUI_ABORTWARNING
!insertmacro MUI_PAGE_DIRECTORY
!insertmacro MUI_PAGE_INSTFILES
!define MUI_FINISHPAGE_RUN "$INSTDIR\pentimento.exe"
!insertmacro MUI_PAGE_FINISH
!insertmacro MUI_UNPAGE_CONFIRM
!insertmacro MUI_UNPAGE_INSTFILES
!insertmacro MUI_LANGUAGE "English"

; Offers the program under "Open with"; what opens these files by itself stays as it is.
!macro Offer SUFFIX
  WriteRegStr HKCU "Software\Classes\${SUFFIX}\OpenWithProgids" "${PROGID}" ""
  WriteRegStr HKCU "Software\Classes\Applications\pentimento.exe\SupportedTypes" "${SUFFIX}" ""
!macroend

!macro Withdraw SUFFIX
  DeleteRegValue HKCU "Software\Classes\${SUFFIX}\OpenWithProgids" "${PROGID}"
!macroend

!macro ForEachSuffix WHAT
  !insertmacro ${WHAT} ".ora"
  !insertmacro ${WHAT} ".psd"
  !insertmacro ${WHAT} ".psb"
  !insertmacro ${WHAT} ".png"
  !insertmacro ${WHAT} ".jpg"
  !insertmacro ${WHAT} ".jpeg"
  !insertmacro ${WHAT} ".webp"
  !insertmacro ${WHAT} ".tif"
  !insertmacro ${WHAT} ".tiff"
  !insertmacro ${WHAT} ".avif"
  !insertmacro ${WHAT} ".bmp"
  !insertmacro ${WHAT} ".gif"
!macroend

!macro Notify
  System::Call "shell32::SHChangeNotify(i 0x08000000, i 0, p 0, p 0)" ; associations have changed
!macroend

Section "Install"
  ; What an earlier version had, and this one has not, would be loaded all the same.
  RMDir /r "$INSTDIR\_internal"
  SetOutPath "$INSTDIR"
  File /r "${PROGRAM}/*.*"
  CreateShortcut "$SMPROGRAMS\${NAME}.lnk" "$INSTDIR\pentimento.exe"
  WriteRegStr HKCU "Software\${NAME}" "Folder" "$INSTDIR"
  WriteRegStr HKCU "Software\Classes\${PROGID}" "" "Picture"
  WriteRegStr HKCU "Software\Classes\${PROGID}\shell\open\command" "" '"$INSTDIR\pentimento.exe" "%1"'
  WriteRegStr HKCU "Software\Classes\Applications\pentimento.exe\shell\open\command" "" '"$INSTDIR\pentimento.exe" "%1"'
  !insertmacro ForEachSuffix Offer
  WriteUninstaller "$INSTDIR\uninstall.exe"
  WriteRegStr HKCU "${UNINSTALL}" "DisplayName" "${NAME}"
  WriteRegStr HKCU "${UNINSTALL}" "DisplayVersion" "${VERSION}"
  WriteRegStr HKCU "${UNINSTALL}" "DisplayIcon" "$INSTDIR\pentimento.exe"
  WriteRegStr HKCU "${UNINSTALL}" "InstallLocation" "$INSTDIR"
  WriteRegStr HKCU "${UNINSTALL}" "UninstallString" '"$INSTDIR\uninstall.exe"'
  WriteRegDWORD HKCU "${UNINSTALL}" "NoModify" 1
  WriteRegDWORD HKCU "${UNINSTALL}" "NoRepair" 1
  !insertmacro Notify
SectionEnd

Section "Uninstall"
  ; By name, never the folder with all that is in it: it may have been one that holds other things.
  RMDir /r "$INSTDIR\_internal"
  Delete "$INSTDIR\pentimento.exe"
  Delete "$INSTDIR\LICENCES.txt"
  Delete "$INSTDIR\uv.exe"
  Delete "$INSTDIR\uninstall.exe"
  RMDir "$INSTDIR"
  Delete "$SMPROGRAMS\${NAME}.lnk"
  !insertmacro ForEachSuffix Withdraw
  DeleteRegKey HKCU "Software\Classes\${PROGID}"
  DeleteRegKey HKCU "Software\Classes\Applications\pentimento.exe"
  DeleteRegKey HKCU "${UNINSTALL}"
  DeleteRegKey HKCU "Software\${NAME}"
  !insertmacro Notify
  ; Settings, models, cache and journals are the user's: asked for, and kept unless they say so.
  MessageBox MB_YESNO|MB_ICONQUESTION|MB_DEFBUTTON2 "Remove your settings, models, undo histories and unsaved work of ${NAME} as well?" /SD IDNO IDNO kept
  RMDir /r "$LOCALAPPDATA\pentimento"
kept:
SectionEnd
